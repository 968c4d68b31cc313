// A cell's group for the tests of admission: a leader, neighbours who came in by vouchers, and
// commits that are made without any rule of Xóm, to be judged.
#pragma once

#include <gtest/gtest.h>

#include "protocol/admission/group_policy.h"
#include "protocol/mls/group.h"
#include "protocol/trust/leadership.h"
#include "tests/protocol/trust/world.h"
#include "tests/support/seeded_random.h"

namespace xom::admission::test {

using trust::test::at;
using trust::test::key_named;
using trust::test::kNow;
using trust::test::Person;

// One device of a person: device 0 is Person::device, others have keys of their own.
struct Device {
  Person person;
  crypto::SigningKey key;
  Bytes list;  // Statement(DEVICE_LIST)
  [[nodiscard]] DeviceKey id() const { return key.public_key_as<DeviceKey>(); }
};
[[nodiscard]] crypto::SigningKey device_key(std::string_view person, int device);
// A list of these devices of a person, signed by their account.
[[nodiscard]] Bytes list_of(const Person& person, std::uint64_t version,
                            const std::vector<DeviceKey>& devices);
[[nodiscard]] Device device_of(std::string_view person, int device = 0, std::uint64_t version = 1);

// What a newcomer brings: a KeyPackage and the proof that belongs to it.
struct Newcomer {
  mls::NewKeyPackage key_package;
  AddProof proof;
  StatementId voucher;
};
struct VoucherTerms {
  Epoch issued{0};
  TimeMs expires = at(3600);
  std::uint64_t most_devices = 1;
  std::string one_time = "one-time";
  std::string inviter = "leader";
};

class Cell {
 public:
  Cell();

  [[nodiscard]] trust::Voucher voucher(const VoucherTerms& terms) const;
  // `carried`: the voucher's id that the leaf shall carry; absent: the right one.
  [[nodiscard]] Newcomer newcomer(const Device& device, const VoucherTerms& terms = {},
                                  std::optional<StatementId> carried = std::nullopt,
                                  std::uint64_t lifetime_seconds = 3600);
  // A KeyPackage of a further device; it carries `voucher`.
  [[nodiscard]] mls::NewKeyPackage key_package(const Device& device,
                                               std::optional<StatementId> voucher,
                                               std::uint64_t lifetime_seconds = 3600);

  // Brings a device in lawfully, with this proof; everybody in `members` follows.
  void admit(Device device, const Newcomer& newcomer);
  // The same with a voucher of their own; gives their seat in `members`.
  std::size_t admit(std::string_view person);
  // Brings a further device of a member's account in, without a proof.
  std::size_t admit_further(Device device, std::optional<StatementId> voucher);
  // Commits as a member, without rules; the judgement of it, by the rules.
  struct Attempt {
    mls::Group::Made made;
    Result<void> judged;
  };
  [[nodiscard]] Attempt attempt(const mls::Group& by, const Device& device,
                                std::vector<mls::Proposal> proposals, const CommitData& data,
                                std::optional<mls::Extensions> leaf_extensions = std::nullopt,
                                bool include_pending = false);
  // Everybody takes a commit, lawful or not.
  void take(const mls::Group::Made& made, std::size_t committer);
  // The same for a re-entry.
  struct Reentry {
    mls::Group::Joined joined;
    Result<void> judged;
  };
  [[nodiscard]] Reentry reenter(const Device& device, mls::LeafIndex removed,
                                std::optional<StatementId> voucher);
  // Judges a commit that is on the wire.
  [[nodiscard]] Result<void> judge(const mls::PublicGroup& before,
                                   const mls::PublicMessage& commit) const;

  [[nodiscard]] GroupRules rules() const { return rules_of(group()).value(); }
  [[nodiscard]] const mls::PublicGroup& group() const { return members[0].group.public_group(); }
  // The proposal that makes these the group's rules.
  [[nodiscard]] mls::Proposal change(const GroupRules& rules) const;
  // The change that goes with the removal of a leaf.
  [[nodiscard]] mls::Proposal revocation_for(mls::LeafIndex leaf) const;

  struct Seat {
    Device device;
    mls::Group group;
  };
  std::vector<Seat> members;  // [0] is the leader
  crypto::SigningKey authority = key_named("ward/authority");
  xom::test::SeededRandom random{1};
};

[[nodiscard]] mls::Extensions leaf_extensions(const Bytes& list,
                                              std::optional<StatementId> voucher);
[[nodiscard]] CommitData with_proofs(std::vector<AddProof> proofs, TimeMs time = kNow);
[[nodiscard]] mls::Proposal add(const mls::NewKeyPackage& key_package);
[[nodiscard]] mls::Proposal remove(mls::LeafIndex leaf);

}  // namespace xom::admission::test
