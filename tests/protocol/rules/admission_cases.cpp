// Rules of admission (RULES: vouchers, accounts, roles), each broken in one thing.
#include "tests/protocol/admission/cell.h"
#include "tests/protocol/rules/rule_cases.h"

namespace xom::rules {

using namespace admission::test;
using admission::AddProof;
using admission::CommitData;
using admission::GroupRules;
using admission::read_member;

namespace {

// --- Vouchers: an Add by the leader, of a stranger, with one thing changed
// ------------------------

struct AddCase {
  VoucherTerms terms = {};
  std::optional<StatementId> carried = std::nullopt;
  std::uint64_t lifetime_seconds = 3600;
  TimeMs committer_time = kNow;
  bool with_proof = true;
};

Result<void> add_passes(Cell& cell, const AddCase& c) {
  const Device stranger = device_of("stranger");
  const Newcomer comes = cell.newcomer(stranger, c.terms, c.carried, c.lifetime_seconds);
  std::vector<AddProof> proofs;
  if (c.with_proof) proofs.push_back(comes.proof);
  const auto attempt =
      cell.attempt(cell.members[0].group, cell.members[0].device, {add(comes.key_package)},
                   with_proofs(std::move(proofs), c.committer_time));
  return attempt.judged;
}
Result<void> add_passes(const AddCase& c) {
  Cell cell;
  return add_passes(cell, c);
}
Result<void> honest_add() { return add_passes(AddCase{}); }

Result<void> long_lifetime() { return add_passes({.lifetime_seconds = 10ULL * 365 * 24 * 3600}); }
Result<void> without_proof() { return add_passes({.with_proof = false}); }
Result<void> another_voucher_in_the_leaf() { return add_passes({.carried = StatementId{}}); }
Result<void> after_the_expiry() { return add_passes({.committer_time = at(7200)}); }
Result<void> of_a_later_epoch() { return add_passes({.terms = {.issued = Epoch{99}}}); }

Result<void> forged_voucher() {
  Cell cell;
  const Device thief = device_of("stranger");
  Newcomer comes = cell.newcomer(thief);
  const trust::Voucher wanted = cell.voucher({});
  // In the leader's name, but signed by the thief.
  comes.proof.voucher = trust::make_voucher(wanted, thief.key, thief.list);
  const auto attempt = cell.attempt(cell.members[0].group, cell.members[0].device,
                                    {add(comes.key_package)}, with_proofs({comes.proof}));
  return attempt.judged;
}

Result<void> invited_by(std::string_view inviter) {
  Cell cell;
  cell.admit("neighbour");
  VoucherTerms terms;
  terms.inviter = inviter;
  return add_passes(cell, {.terms = terms});
}
Result<void> invited_by_a_neighbour() { return invited_by("neighbour"); }
Result<void> invited_by_the_leader() { return invited_by("leader"); }

Result<void> second_on_a_paper(std::uint64_t most_devices) {
  Cell cell;
  VoucherTerms terms;
  terms.most_devices = most_devices;
  Device first = device_of("first");
  const Newcomer comes = cell.newcomer(first, terms);
  cell.admit(std::move(first), comes);
  return add_passes(cell, {.terms = terms});
}
Result<void> second_on_a_paper_for_one() { return second_on_a_paper(1); }
Result<void> second_on_a_paper_for_two() { return second_on_a_paper(2); }

Result<void> with_revoked(bool this_one) {
  Cell cell;
  const Device stranger = device_of("stranger");
  const Newcomer comes = cell.newcomer(stranger);
  GroupRules rules = cell.rules();
  ++rules.version;
  rules.revoked = {this_one ? comes.voucher : StatementId{}};
  cell.take(cell.attempt(cell.members[0].group, cell.members[0].device, {cell.change(rules)},
                         with_proofs({}))
                .made,
            0);
  return add_passes(cell, {});
}
Result<void> by_a_revoked_voucher() { return with_revoked(true); }
Result<void> while_another_is_revoked() { return with_revoked(false); }

Result<void> device_of_another_list(bool listed) {
  Cell cell;
  Device stranger = device_of("stranger");
  if (!listed) stranger.list = Person("stranger").list();
  stranger.key = listed ? device_key("stranger", 0) : device_key("stranger", 5);
  const Newcomer comes = cell.newcomer(stranger);
  const auto attempt = cell.attempt(cell.members[0].group, cell.members[0].device,
                                    {add(comes.key_package)}, with_proofs({comes.proof}));
  return attempt.judged;
}
Result<void> unlisted_device() { return device_of_another_list(false); }
Result<void> listed_device() { return device_of_another_list(true); }

// --- Leaving
// ----------------------------------------------------------------------------------------

Result<void> removal(std::string_view by, bool with_revocation) {
  Cell cell;
  const std::size_t gone = cell.admit("neighbour");
  const std::size_t other = cell.admit("other");
  const mls::LeafIndex leaf = cell.members[gone].group.self();
  const std::size_t seat = by == "leader" ? 0 : other;
  std::vector<mls::Proposal> proposals{remove(leaf)};
  if (with_revocation) proposals.push_back(cell.revocation_for(leaf));
  const auto attempt = cell.attempt(cell.members[seat].group, cell.members[seat].device,
                                    std::move(proposals), with_proofs({}));
  return attempt.judged;
}
Result<void> removal_by_a_neighbour() { return removal("other", true); }
Result<void> removal_by_the_leader() { return removal("leader", true); }
Result<void> removal_without_revocation() { return removal("leader", false); }

// --- Accounts with two devices
// ----------------------------------------------------------------------

// A neighbour whose newest list (version 2) has lost the first device, which still sits in the
// tree.
struct TwoDevices {
  Cell cell;
  std::size_t old_seat = 0, new_seat = 0;
  std::optional<StatementId> voucher;
};
void fill(TwoDevices& two, bool keeps_the_first) {
  two.old_seat = two.cell.admit("neighbour");
  const auto& tree = two.cell.group().tree();
  two.voucher =
      read_member(*tree.leaf(two.cell.members[two.old_seat].group.self())).value().voucher;
  Device second = device_of("neighbour", 1, 2);
  if (keeps_the_first) {
    second.list =
        list_of(second.person, 2, {two.cell.members[two.old_seat].device.id(), second.id()});
  }
  two.new_seat = two.cell.admit_further(std::move(second), two.voucher);
}

// A leaf asks to be removed; the leader commits what it asked for.
Result<void> word_of_a_leaf(bool still_listed) {
  TwoDevices two;
  fill(two, still_listed);
  auto& seat = two.cell.members[two.old_seat];
  const mls::LeafIndex leaf = seat.group.self();
  const auto proposed =
      seat.group.propose(remove(leaf), Bytes{}, {seat.device.key, two.cell.random});
  EXPECT_TRUE(proposed.has_value()) << proposed.error().message;
  const auto heard = two.cell.members[0].group.process(mls::Message{proposed->message},
                                                       mls::no_psks(), mls::no_policy());
  EXPECT_TRUE(heard.has_value()) << heard.error().message;
  const auto attempt =
      two.cell.attempt(*heard->next, two.cell.members[0].device, {two.cell.revocation_for(leaf)},
                       with_proofs({}), std::nullopt, true);
  return attempt.judged;
}
Result<void> word_of_a_dead_leaf() { return word_of_a_leaf(false); }
Result<void> word_of_a_live_leaf() { return word_of_a_leaf(true); }

Result<void> commit_beside_a_dead_leaf(bool removes_it) {
  TwoDevices two;
  fill(two, false);
  const mls::LeafIndex dead = two.cell.members[two.old_seat].group.self();
  std::vector<mls::Proposal> proposals;
  if (removes_it) proposals = {remove(dead), two.cell.revocation_for(dead)};
  const auto attempt = two.cell.attempt(two.cell.members[0].group, two.cell.members[0].device,
                                        std::move(proposals), with_proofs({}));
  return attempt.judged;
}
Result<void> dead_leaf_stays() { return commit_beside_a_dead_leaf(false); }
Result<void> dead_leaf_goes() { return commit_beside_a_dead_leaf(true); }

Result<void> further_device_with_list(std::uint64_t version) {
  TwoDevices two;
  fill(two, true);
  Device third = device_of("neighbour", 2, version);
  third.list = list_of(third.person, version,
                       {two.cell.members[two.old_seat].device.id(),
                        two.cell.members[two.new_seat].device.id(), third.id()});
  const mls::NewKeyPackage package = two.cell.key_package(third, two.voucher);
  const auto attempt = two.cell.attempt(two.cell.members[0].group, two.cell.members[0].device,
                                        {add(package)}, with_proofs({}));
  return attempt.judged;
}
Result<void> with_an_older_list() { return further_device_with_list(1); }
Result<void> with_the_newest_list() { return further_device_with_list(3); }

Result<void> reentry_over(bool own) {
  TwoDevices two;
  fill(two, true);
  auto& first = two.cell.members[two.old_seat];
  const mls::LeafIndex second = two.cell.members[two.new_seat].group.self();
  if (own) {
    Device self = device_of("neighbour", 0);
    self.list = two.cell.members[two.new_seat].device.list;
    return two.cell.reenter(self, first.group.self(), two.voucher).judged;
  }
  // A third device, listed with the second, throws it out.
  Device third = device_of("neighbour", 2, 3);
  third.list = list_of(third.person, 3,
                       {first.device.id(), two.cell.members[two.new_seat].device.id(), third.id()});
  return two.cell.reenter(third, second, two.voucher).judged;
}
Result<void> reentry_over_another_device() { return reentry_over(false); }
Result<void> reentry_over_the_own_leaf() { return reentry_over(true); }
// By the list that its leaf carries, and over that leaf: nothing of it is new.
Result<void> reentry_of_a_dead_leaf() {
  TwoDevices two;
  fill(two, false);
  const auto& first = two.cell.members[two.old_seat];
  return two.cell.reenter(first.device, first.group.self(), two.voucher).judged;
}

// --- What a leaf may become
// ---------------------------------------------------------------------------

// A member updates its leaf, as this account, which lists the device too.
Result<void> update_as(std::string_view account) {
  Cell cell;
  const std::size_t seat_index = cell.admit("neighbour");
  auto& seat = cell.members[seat_index];
  const mls::LeafIndex self = seat.group.self();
  mls::LeafNode leaf = *cell.group().tree().leaf(self);
  const auto voucher = read_member(leaf).value().voucher;
  const Person person(account);
  const AccountKey id = person.id();
  leaf.credential.identity.assign(id.view().begin(), id.view().end());
  leaf.extensions = leaf_extensions(list_of(person, 1, {seat.device.id()}), voucher);
  const auto proposed = seat.group.propose(mls::Proposal{mls::Update{std::move(leaf)}}, Bytes{},
                                           {seat.device.key, cell.random});
  EXPECT_TRUE(proposed.has_value()) << proposed.error().message;
  const auto heard = cell.members[0].group.process(mls::Message{proposed->message}, mls::no_psks(),
                                                   mls::no_policy());
  EXPECT_TRUE(heard.has_value()) << heard.error().message;
  const auto attempt =
      cell.attempt(*heard->next, cell.members[0].device, {}, with_proofs({}), std::nullopt, true);
  return attempt.judged;
}
Result<void> update_as_somebody_else() { return update_as("stranger"); }
Result<void> update_as_oneself() { return update_as("neighbour"); }

// --- Roles
// ------------------------------------------------------------------------------------------

Bytes leadership(const Cell& cell, std::string_view person, std::uint64_t version) {
  trust::Leadership word;
  word.issuer = cell.authority.public_key_as<AuthorityKey>();
  word.group = LogId::from(cell.group().context().group_id).value();
  word.account = Person(person).id();
  word.from_version = version;
  return trust::sign_value(word, cell.authority);
}

// A neighbour commits that they lead.
Result<void> seizure(bool with_the_word) {
  Cell cell;
  const std::size_t seat = cell.admit("neighbour");
  GroupRules rules = cell.rules();
  ++rules.version;
  rules.leaders.push_back(Person("neighbour").id());
  CommitData data = with_proofs({});
  if (with_the_word) {
    data.statements = {leadership(cell, "neighbour", rules.version)};
    rules.leadership_version = rules.version;
  }
  const auto attempt =
      cell.attempt(cell.members[seat].group, cell.members[seat].device, {cell.change(rules)}, data);
  return attempt.judged;
}
Result<void> seizure_of_the_lead() { return seizure(false); }
Result<void> lead_by_the_authoritys_word() { return seizure(true); }

// The word that made somebody leader, used again after somebody else's word.
Result<void> second_use(bool fresh) {
  Cell cell;
  const std::size_t seat = cell.admit("neighbour");
  GroupRules rules = cell.rules();
  ++rules.version;
  rules.leaders = {Person("leader").id(), Person("neighbour").id()};
  rules.leadership_version = rules.version;
  CommitData data = with_proofs({});
  data.statements = {leadership(cell, "neighbour", rules.version)};
  auto first =
      cell.attempt(cell.members[seat].group, cell.members[seat].device, {cell.change(rules)}, data);
  EXPECT_TRUE(first.judged.has_value()) << first.judged.error().message;
  cell.take(first.made, seat);
  rules = cell.rules();
  ++rules.version;
  if (fresh) {
    data.statements = {leadership(cell, "neighbour", rules.version)};
    rules.leadership_version = rules.version;
  }
  const auto second =
      cell.attempt(cell.members[seat].group, cell.members[seat].device, {cell.change(rules)}, data);
  return second.judged;
}
Result<void> an_old_word_again() { return second_use(false); }
Result<void> a_new_word() { return second_use(true); }

}  // namespace

std::vector<RuleCase> admission_cases() {
  return {
      {Rule::kLifetimeSpan, "LongLifetime", long_lifetime, honest_add},
      {Rule::kOneProofPerAdd, "WithoutProof", without_proof, honest_add},
      {Rule::kVoucherSignatures, "ForgedVoucher", forged_voucher, honest_add},
      {Rule::kInviterRole, "InvitedByANeighbour", invited_by_a_neighbour, invited_by_the_leader},
      {Rule::kVoucherSpent, "SecondOnAPaperForOne", second_on_a_paper_for_one,
       second_on_a_paper_for_two},
      {Rule::kVoucherRevoked, "ByARevokedVoucher", by_a_revoked_voucher, while_another_is_revoked},
      {Rule::kVoucherExpiry, "AfterTheExpiry", after_the_expiry, honest_add},
      {Rule::kVoucherEpoch, "OfALaterEpoch", of_a_later_epoch, honest_add},
      {Rule::kLeafCarriesVoucher, "AnotherVoucherInTheLeaf", another_voucher_in_the_leaf,
       honest_add},
      {Rule::kRemoveRevokesVoucher, "RemovalWithoutRevocation", removal_without_revocation,
       removal_by_the_leader},
      {Rule::kDeviceInList, "UnlistedDevice", unlisted_device, listed_device},
      {Rule::kListVersionHighest, "WithAnOlderList", with_an_older_list, with_the_newest_list},
      {Rule::kDeadLeafSilent, "WordOfADeadLeaf", word_of_a_dead_leaf, word_of_a_live_leaf},
      {Rule::kLeadersRemove, "RemovalByANeighbour", removal_by_a_neighbour, removal_by_the_leader},
      {Rule::kPolicyChange, "SeizureOfTheLead", seizure_of_the_lead, lead_by_the_authoritys_word},
      {Rule::kDeadLeavesRemoved, "DeadLeafStays", dead_leaf_stays, dead_leaf_goes},
      {Rule::kReentryOwnLeaf, "ReentryOverAnotherDevice", reentry_over_another_device,
       reentry_over_the_own_leaf},
      {Rule::kDeadLeafSilent, "ReentryOfADeadLeaf", reentry_of_a_dead_leaf,
       reentry_over_the_own_leaf},
      {Rule::kLeadershipOnce, "AnOldWordAgain", an_old_word_again, a_new_word},
      {Rule::kCredentialKept, "UpdateAsSomebodyElse", update_as_somebody_else, update_as_oneself},
  };
}

}  // namespace xom::rules
