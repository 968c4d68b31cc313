// One device of a random walk: it keeps its state as a client must, in memory and in a store, reads
// late, loads its state again, and tells when something is not as it should be.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <stdexcept>

#include "protocol/mls/group.h"
#include "tests/support/seeded_random.h"

namespace xom::walks {

// What ends a walk: a promise was broken.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void require(bool good, const std::string& what);
template <class T>
T value_of(Result<T> result, const std::string& what) {
  require(result.has_value(), what + (result ? "" : ": " + result.error().message));
  return std::move(*result);
}

// An application message on its way.
struct Told {
  mls::PrivateMessage message;
  mls::LeafIndex sender{0};
  Bytes text;
};

// What all members of an epoch must agree on: told by whoever made it.
struct EpochFacts {
  Bytes authenticator;
  mls::GroupContext context;  // as somebody sees it who holds no secret
};

class Psks final : public mls::PskSource {
 public:
  [[nodiscard]] mls::Proposal learn(test::SeededRandom& random);
  [[nodiscard]] std::shared_ptr<const crypto::SecretBytes> find(
      const mls::PreSharedKeyId& id) const override;

 private:
  std::map<Bytes, std::shared_ptr<const crypto::SecretBytes>> known_;
};

// What clients of one walk share.
struct Surroundings {
  explicit Surroundings(std::uint64_t seed) : random(seed) {}
  test::SeededRandom random;
  Psks psks;
  std::map<Epoch, EpochFacts> epochs;
  std::uint64_t read = 0;  // messages by readers
};

class Client {
 public:
  Client(std::uint32_t number, Surroundings& around);

  [[nodiscard]] const Bytes& identity() const { return identity_; }
  [[nodiscard]] mls::Signed by() { return {key_, around_.random}; }
  [[nodiscard]] mls::NewKeyPackage make_package();

  // What comes from the log. A newcomer joins when it next catches up.
  void invite(mls::NewKeyPackage package, mls::Welcome welcome);
  void queue_handshake(std::shared_ptr<const mls::Message> message);
  void queue_told(std::shared_ptr<const Told> told) { unread_.push_back(std::move(told)); }

  [[nodiscard]] bool present() const { return group_.has_value(); }
  [[nodiscard]] bool idle() const { return !group_ && !welcome_ && handshakes_.empty(); }
  [[nodiscard]] const mls::Group& group() const { return *group_; }

  // Takes in so many handshakes, in the log's order. Answers whether it learnt that it is removed.
  bool catch_up(std::size_t most = SIZE_MAX);
  // Reads so many messages of those that can be read by now, in any order.
  void read_some(std::size_t most);
  void read_all();
  // The state moves on: to the next epoch, or within one. Stored by what changed.
  void adopt(mls::Group next);
  // From the store, which must hold exactly what a full write would.
  void reload();
  // The state is lost, or replaced: nothing of it is used any more. Gives the number of messages
  // that it will never read.
  std::size_t forget();
  // Whom others removed keeps what it had, and may try to read on.
  [[nodiscard]] std::optional<mls::Group> take_last() { return std::exchange(last_, std::nullopt); }

 private:
  void join();
  void read(const Told& told);
  void read_epoch(Epoch epoch);
  void check_facts() const;
  [[nodiscard]] mls::Group* state_of(Epoch epoch);

  Surroundings& around_;
  crypto::SigningKey key_;
  Bytes identity_;
  std::optional<mls::NewKeyPackage> package_;
  std::optional<mls::Welcome> welcome_;
  std::optional<mls::Group> group_;
  std::optional<mls::Group> last_;
  std::map<Epoch, mls::Group> past_;
  std::deque<std::shared_ptr<const mls::Message>> handshakes_;
  std::vector<std::shared_ptr<const Told>> unread_;
  std::map<mls::RecordKey, crypto::SecretBytes> store_;
  std::optional<mls::Group> stored_;  // what the store holds
};

}  // namespace xom::walks
