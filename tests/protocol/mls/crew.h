// Devices of one group that all take part: who commits, the others follow, and so does somebody who
// sees only what is public.
#pragma once

#include <gtest/gtest.h>

#include <deque>

#include "protocol/mls/group.h"
#include "tests/support/seeded_random.h"

namespace xom::mls::testing {

[[nodiscard]] Lifetime some_lifetime();

class KnownPsks final : public PskSource {
 public:
  [[nodiscard]] std::shared_ptr<const crypto::SecretBytes> find(
      const PreSharedKeyId& id) const override;
  // A proposal to use it, with a nonce.
  [[nodiscard]] Proposal learn(std::string_view name, crypto::Random& random);
  void learn_epoch(const Group& group);  // its resumption_psk
 private:
  std::map<Bytes, std::shared_ptr<const crypto::SecretBytes>> external_;
  std::map<std::uint64_t, std::shared_ptr<const crypto::SecretBytes>> epochs_;
};

struct Mate {
  crypto::SigningKey key;
  Bytes identity;
  std::optional<NewKeyPackage> package;
  std::optional<Group> group;
};

class Crew {
 public:
  // A group of so many, founded by mate 0.
  explicit Crew(std::size_t size, std::uint64_t seed = 1);

  [[nodiscard]] Mate& operator[](std::size_t index) { return mates_[index]; }
  [[nodiscard]] Group& group(std::size_t index) { return *mates_[index].group; }
  [[nodiscard]] Signed by(std::size_t index) { return {mates_[index].key, random}; }
  [[nodiscard]] std::size_t outsider();  // its number; with a KeyPackage
  [[nodiscard]] Proposal add(std::size_t index) const;
  [[nodiscard]] Result<Group::Made> commit(std::size_t by, std::vector<Proposal> proposals,
                                           bool include_pending = false);
  // Everybody else follows the commit, newcomers join; then all are compared. Through bytes.
  void accept(std::size_t by, Group::Made made);
  void accept(std::size_t by, Result<Group::Made> made);
  void accept_external(std::size_t by, Group::Joined joined);
  // A proposal that everybody remembers.
  void propose(std::size_t by, Proposal proposal);
  // Those who are in the group agree on everything.
  void expect_agreement();

  test::SeededRandom random;
  KnownPsks psks;

 private:
  void follow(std::size_t by, const PublicMessage& commit, const GroupInfo& info);

  std::deque<Mate> mates_;
  std::optional<PublicGroup> follower_;
};

// The same message after it crossed the wire.
[[nodiscard]] Message over_the_wire(const Message& message);

}  // namespace xom::mls::testing
