#include "server/groups/commit_check.h"

#include <algorithm>

#include "protocol/admission/group_policy.h"
#include "protocol/mls/message_protection.h"
#include "server/limits.h"
#include "server/text.h"

namespace xom::server {
namespace {

template <class T>
Result<T> read(ByteView bytes, const char* what) {
  auto message = mls::read_message(bytes);
  if (!message) return std::unexpected(message.error().during(what));
  T* value = std::get_if<T>(&message->value);
  if (value == nullptr) return fail(ErrorCode::kMalformed, std::string(what) + ": another message");
  return std::move(*value);
}

Result<mls::AuthenticatedContent> read_commit(ByteView bytes) {
  auto message = read<mls::PublicMessage>(bytes, "commit");
  if (!message) return std::unexpected(message.error());
  if (message->content.type() != mls::ContentType::kCommit)
    return fail(ErrorCode::kMalformed, "not a commit");
  return mls::without_tag(std::move(*message));
}

// Who sits where after the commit; the dead may neither read nor write any more.
Result<CheckedCommit> changes(const mls::PublicGroup& before, const mls::StagedCommit& staged) {
  CheckedCommit result;
  result.epoch = before.epoch();
  result.reentry = staged.external;
  result.after = *staged.after;
  const mls::RatchetTree& tree = result.after.tree();
  for (const mls::LeafIndex leaf : staged.removed) {
    auto device = DeviceKey::from(before.tree().leaf(leaf)->signature_key);
    if (device) result.removed.push_back(*device);
  }
  std::vector<mls::LeafIndex> added = staged.added;
  if (staged.external) added.push_back(staged.committer);
  for (const mls::LeafIndex leaf : added) {
    auto member = admission::read_member(*tree.leaf(leaf));
    if (!member) return std::unexpected(member.error());
    std::erase(result.removed, member->device);
    result.added.push_back(
        Member{member->device, member->account, raw(leaf), Cursor{}, member->voucher});
  }
  for (const mls::LeafIndex leaf : admission::dead_leaves(tree)) {
    auto device = DeviceKey::from(tree.leaf(leaf)->signature_key);
    if (device) result.removed.push_back(*device);
  }
  if (tree.members().size() > limits::kGroupMembers)
    return fail(ErrorCode::kTooLarge, "the group is full");
  return result;
}

Result<void> check_sender(const mls::StagedCommit& staged, const Caller& caller) {
  const mls::LeafNode* leaf = staged.after->tree().leaf(staged.committer);
  if (leaf == nullptr || !std::ranges::equal(leaf->signature_key, caller.device.view()) ||
      !std::ranges::equal(leaf->credential.identity, caller.account.view()))
    return fail(ErrorCode::kNotPermitted, "the commit names another sender than who sent it");
  return {};
}

// Vouchers expire by the time that the committer wrote down, so it must not be free to choose.
Result<void> check_time(const mls::StagedCommit& staged, TimeMs now) {
  auto data = admission::CommitData::decode(staged.authenticated_data);
  if (!data) return std::unexpected(data.error());
  if (data->proofs.empty()) return {};
  const std::int64_t off = raw(data->committer_time) - raw(now);
  if (off > limits::kCommitterClock.count() || off < -limits::kCommitterClock.count())
    return fail(ErrorCode::kNotPermitted, "the committer's clock is wrong",
                static_cast<std::uint64_t>(raw(now)));
  return {};
}

Result<void> check_welcomes(const mls::StagedCommit& staged, const CheckedCommit& change,
                            const wire::CommitBundle& bundle) {
  if (static_cast<std::size_t>(bundle.welcomes_size()) != staged.added.size())
    return fail(ErrorCode::kMalformed, "a commit brings one Welcome for each Add");
  std::size_t at = 0;
  for (const mls::ResolvedProposal& p : staged.proposals) {
    const auto* add = std::get_if<mls::Add>(&p.proposal.value);
    if (add == nullptr) continue;
    const Member& member = change.added[at++];
    const auto it = std::ranges::find_if(bundle.welcomes(), [&](const wire::WelcomeTo& to) {
      return to.device() == text_of(member.device.view());
    });
    if (it == bundle.welcomes().end() || it->account() != text_of(member.account.view()))
      return fail(ErrorCode::kMalformed, "a Welcome is missing or for somebody else");
    auto welcome = read<mls::Welcome>(view_of(it->welcome()), "Welcome");
    if (!welcome) return std::unexpected(welcome.error());
    const Hash ref = add->key_package.reference();
    const bool named = std::ranges::any_of(welcome->secrets, [&](const auto& secrets) {
      return std::ranges::equal(secrets.new_member, ref.view());
    });
    if (!named)
      return fail(ErrorCode::kMalformed, "the Welcome is not for the KeyPackage that was added");
  }
  return {};
}

}  // namespace

std::vector<StatementId> CheckedCommit::vouchers() const {
  std::vector<StatementId> ids;
  for (const Member& member : added) {
    if (!reentry && member.voucher) ids.push_back(*member.voucher);
  }
  return ids;
}

Result<CheckedCommit> check_commit(const mls::PublicGroup& before, const Caller& caller,
                                   const wire::CommitBundle& bundle, TimeMs now) {
  if (static_cast<std::size_t>(bundle.welcomes_size()) > limits::kWelcomes)
    return fail(ErrorCode::kTooLarge, "too many Welcomes in one commit");
  auto content = read_commit(view_of(bundle.commit()));
  if (!content) return std::unexpected(content.error());
  auto staged = before.stage(*content, admission::GroupPolicy{});
  if (!staged) return std::unexpected(staged.error());
  if (auto ok = check_sender(*staged, caller); !ok) return std::unexpected(ok.error());
  if (auto ok = check_time(*staged, now); !ok) return std::unexpected(ok.error());
  auto change = changes(before, *staged);
  if (!change) return change;
  auto info = read<mls::GroupInfo>(view_of(bundle.group_info()), "GroupInfo");
  if (!info) return std::unexpected(info.error());
  if (auto ok = mls::PublicGroup::check_group_info(*info, *staged); !ok)
    return std::unexpected(ok.error());
  if (auto ok = check_welcomes(*staged, *change, bundle); !ok) return std::unexpected(ok.error());
  return change;
}

Result<CheckedCommit> replay_commit(const mls::PublicGroup& before, ByteView commit) {
  auto content = read_commit(commit);
  if (!content) return std::unexpected(content.error());
  auto staged = before.stage(*content, admission::GroupPolicy{});
  if (!staged) return std::unexpected(staged.error());
  return changes(before, *staged);
}

Result<mls::PublicGroup> check_first_group_info(const LogId& group, const Caller& creator,
                                                const NodeId& authority, std::string_view unit,
                                                ByteView group_info) {
  auto info = read<mls::GroupInfo>(group_info, "GroupInfo");
  if (!info) return std::unexpected(info.error());
  if (!std::ranges::equal(info->group_context.group_id, group.view()) ||
      info->group_context.epoch != Epoch{0})
    return fail(ErrorCode::kMalformed, "the GroupInfo is of another group or epoch");
  auto first = mls::PublicGroup::from_group_info(*info, {});
  if (!first) return first;
  if (auto key = info->external_pub(); !key) return std::unexpected(key.error());
  if (auto ok = admission::check_entered(*first); !ok) return std::unexpected(ok.error());
  const auto members = first->tree().members();
  const mls::LeafNode* leaf = first->tree().leaf(mls::LeafIndex{0});
  if (members.size() != 1 || leaf == nullptr ||
      !std::ranges::equal(leaf->signature_key, creator.device.view()) ||
      !std::ranges::equal(leaf->credential.identity, creator.account.view()))
    return fail(ErrorCode::kUntrusted, "a group begins with its creator alone");
  auto rules = admission::rules_of(*first);
  if (!rules) return std::unexpected(rules.error());
  if (rules->authority != authority || rules->unit != unit ||
      rules->leaders != std::vector<AccountKey>{creator.account})
    return fail(ErrorCode::kUntrusted, "the group's rules name another authority, unit or leader");
  return first;
}

std::vector<StatementId> vouchers_in(ByteView commit) {
  std::vector<StatementId> ids;
  auto content = read_commit(commit);
  if (!content) return ids;
  auto data = admission::CommitData::decode(content->content.authenticated_data);
  if (!data) return ids;
  for (const admission::AddProof& proof : data->proofs) {
    if (auto statement = trust::Statement::decode(proof.voucher)) ids.push_back(statement->id());
  }
  return ids;
}

}  // namespace xom::server
