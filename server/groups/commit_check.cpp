#include "server/groups/commit_check.h"

#include <algorithm>

#include "server/limits.h"
#include "server/text.h"

namespace xom::server {
namespace {

bool equal(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

Result<outline::PublicMessage> read_commit(ByteView bytes) {
  auto message = outline::read_public_message(bytes);
  if (!message) return std::unexpected(message.error().during("commit"));
  if (message->content_type != outline::ContentType::kCommit)
    return fail(ErrorCode::kMalformed, "not a commit");
  if (message->sender != outline::SenderType::kMember)
    return fail(ErrorCode::kNotPermitted, "commits from outside the group are not taken");
  for (const outline::Proposal& proposal : message->commit.proposals) {
    if (proposal.by_reference)
      return fail(ErrorCode::kNotPermitted, "proposals by reference are not taken");
    switch (proposal.type) {
      case outline::ProposalType::kAdd:
      case outline::ProposalType::kRemove:
      case outline::ProposalType::kGroupContextExtensions:
        break;
      default:
        return fail(ErrorCode::kNotPermitted, "a proposal of a kind that groups here do not use");
    }
  }
  return message;
}

// Roster changes in the order of RFC 9420, 12.4.2: removes, then adds at the leftmost blank leaf.
Result<CheckedCommit> roster_change(Roster roster, const outline::PublicMessage& message) {
  CheckedCommit result;
  result.epoch = message.epoch;
  for (const std::uint32_t leaf : message.commit.removes) {
    const Member* member = roster.at_leaf(leaf);
    if (member == nullptr) return fail(ErrorCode::kMalformed, "the commit removes an empty leaf");
    if (leaf == message.sender_index)
      return fail(ErrorCode::kNotPermitted, "a commit cannot remove its own sender");
    result.removed.push_back(member->device);
    std::erase_if(roster.members, [&](const Member& m) { return m.leaf == leaf; });
  }
  for (const outline::KeyPackage& added : message.commit.adds) {
    auto device = DeviceKey::from(added.signature_key);
    auto account = AccountKey::from(added.identity);
    if (!device || !account || added.cipher_suite != outline::kCipherSuite)
      return fail(ErrorCode::kMalformed, "an Add whose keys are not ours");
    if (roster.find(*device) != nullptr)
      return fail(ErrorCode::kAlreadyExists, "the device is in the group already");
    Newcomer newcomer;
    newcomer.member.device = *device;
    newcomer.member.account = *account;
    newcomer.member.leaf = roster.free_leaf();
    roster.members.push_back(newcomer.member);
    result.added.push_back(newcomer);
  }
  if (roster.members.size() > limits::kGroupMembers)
    return fail(ErrorCode::kTooLarge, "the group is full");
  return result;
}

// RULES, "Vouchers": each Add of an account not yet in the tree has exactly one pair, each pair
// belongs to one Add.
Result<void> check_proofs(const LogId& group, const Roster& roster,
                          const outline::PublicMessage& message, CheckedCommit& change) {
  wire::AddProofs proofs;
  if (!proofs.ParseFromArray(message.authenticated_data.data(),
                             static_cast<int>(message.authenticated_data.size())))
    return fail(ErrorCode::kMalformed, "the authenticated data of the commit is not AddProofs");
  std::vector<bool> used(static_cast<std::size_t>(proofs.proofs_size()));
  std::vector<AccountKey> newly;
  for (std::size_t i = 0; i < change.added.size(); ++i) {
    Newcomer& newcomer = change.added[i];
    const AccountKey& account = newcomer.member.account;
    if (roster.has_account(account)) continue;
    if (std::ranges::find(newly, account) != newly.end())
      return fail(ErrorCode::kNotPermitted, "two devices of a new account in one commit");
    newly.push_back(account);
    const Hash ref = outline::key_package_ref(message.commit.adds[i]);
    std::size_t at = used.size();
    for (std::size_t j = 0; j < used.size(); ++j) {
      if (proofs.proofs(static_cast<int>(j)).key_package_ref() != text_of(ref.view())) continue;
      if (at != used.size()) return fail(ErrorCode::kUntrusted, "two vouchers for one Add");
      at = j;
    }
    if (at == used.size()) return fail(ErrorCode::kUntrusted, "an Add without a voucher");
    used[at] = true;
    const wire::AddProof& proof = proofs.proofs(static_cast<int>(at));
    trust::AdmissionClaim claim;
    claim.group = group;
    claim.key_package.bytes = ref.bytes;
    claim.account = account;
    claim.committer_time = TimeMs{proofs.committer_time()};
    auto admission =
        trust::check_admission(view_of(proof.voucher()), view_of(proof.join_request()), claim);
    if (!admission) return std::unexpected(admission.error());
    if (!roster.has_account(admission->inviter.account))
      return fail(ErrorCode::kUntrusted, "the inviter is not in the group");
    newcomer.member.voucher = admission->voucher_id;
    newcomer.most_devices = admission->voucher.most_devices;
  }
  if (std::ranges::find(used, false) != used.end())
    return fail(ErrorCode::kUntrusted, "a voucher that belongs to no Add");
  return {};
}

Result<void> check_group_info(const LogId& group, const outline::PublicMessage& commit,
                              ByteView bytes) {
  auto info = outline::read_group_info(bytes);
  if (!info) return std::unexpected(info.error().during("GroupInfo"));
  if (!equal(info->group_id, group.view()) || raw(info->epoch) != raw(commit.epoch) + 1)
    return fail(ErrorCode::kMalformed, "the GroupInfo is of another group or epoch");
  if (info->cipher_suite != outline::kCipherSuite ||
      !equal(info->confirmation_tag, commit.confirmation_tag))
    return fail(ErrorCode::kMalformed, "the GroupInfo does not belong to the commit");
  return {};
}

Result<void> check_welcomes(const outline::PublicMessage& message, const CheckedCommit& change,
                            const wire::CommitBundle& bundle) {
  if (static_cast<std::size_t>(bundle.welcomes_size()) != change.added.size())
    return fail(ErrorCode::kMalformed, "a commit brings one Welcome for each Add");
  for (std::size_t i = 0; i < change.added.size(); ++i) {
    const Member& member = change.added[i].member;
    const auto it = std::ranges::find_if(bundle.welcomes(), [&](const wire::WelcomeTo& to) {
      return to.device() == text_of(member.device.view());
    });
    if (it == bundle.welcomes().end() || it->account() != text_of(member.account.view()))
      return fail(ErrorCode::kMalformed, "a Welcome is missing or for somebody else");
    auto welcome = outline::read_welcome(view_of(it->welcome()));
    if (!welcome) return std::unexpected(welcome.error().during("Welcome"));
    const Hash ref = outline::key_package_ref(message.commit.adds[i]);
    const bool named =
        std::ranges::any_of(welcome->new_members, [&](ByteView r) { return equal(r, ref.view()); });
    if (!named)
      return fail(ErrorCode::kMalformed, "the Welcome is not for the KeyPackage that was added");
  }
  return {};
}

}  // namespace

Result<CheckedCommit> check_commit(const LogId& group, const Roster& roster, const Caller& caller,
                                   const wire::CommitBundle& bundle) {
  if (static_cast<std::size_t>(bundle.welcomes_size()) > limits::kWelcomes)
    return fail(ErrorCode::kTooLarge, "too many Welcomes in one commit");
  auto message = read_commit(view_of(bundle.commit()));
  if (!message) return std::unexpected(message.error());
  if (!equal(message->group_id, group.view()))
    return fail(ErrorCode::kMalformed, "a commit of another group");
  const Member* sender = roster.find(caller.device);
  if (sender == nullptr || sender->leaf != message->sender_index)
    return fail(ErrorCode::kNotPermitted, "the commit names another sender than who sent it");
  auto change = roster_change(roster, *message);
  if (!change) return change;
  if (auto ok = check_proofs(group, roster, *message, *change); !ok)
    return std::unexpected(ok.error());
  if (auto ok = check_group_info(group, *message, view_of(bundle.group_info())); !ok)
    return std::unexpected(ok.error());
  if (auto ok = check_welcomes(*message, *change, bundle); !ok) return std::unexpected(ok.error());
  return change;
}

Result<CheckedCommit> replay_commit(const LogId& group, const Roster& roster, ByteView commit) {
  auto message = read_commit(commit);
  if (!message) return std::unexpected(message.error());
  auto change = roster_change(roster, *message);
  if (!change) return change;
  // Judged by the time in the commit, so that it comes out as it did at first.
  if (auto ok = check_proofs(group, roster, *message, *change); !ok)
    return std::unexpected(ok.error());
  return change;
}

}  // namespace xom::server
