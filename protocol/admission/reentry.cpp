#include "protocol/admission/reentry.h"

#include <algorithm>

#include "protocol/mls/message_protection.h"

namespace xom::admission {

namespace {

Result<mls::StagedCommit> stage(const mls::PublicGroup& group, ByteView bytes,
                                const mls::Policy& policy) {
  auto message = mls::read_message(bytes);
  if (!message) return std::unexpected(message.error());
  auto* open = std::get_if<mls::PublicMessage>(&message->value);
  if (open == nullptr) return fail(ErrorCode::kMalformed, "re-entry: a message of another kind");
  return group.stage(mls::without_tag(std::move(*open)), policy);
}

// `info` shows the group that the commits lead to. Its signature and that its tree is the
// context's are checked where the group is entered.
Result<void> check_shown(const mls::GroupInfo& info, const Reentry& reentry,
                         const mls::Policy& policy) {
  const mls::PublicGroup* now = reentry.base;
  std::optional<mls::StagedCommit> last;
  for (const ByteView commit : reentry.commits) {
    auto staged = stage(*now, commit, policy);
    if (!staged) return std::unexpected(staged.error());
    last = std::move(*staged);
    now = last->after.get();
  }
  const mls::GroupContext& shown = info.group_context;
  if (shown.group_id != now->context().group_id) {
    return fail(ErrorCode::kMalformed, "re-entry: a GroupInfo of another group");
  }
  if (auto ok = now->check_epoch(shown.group_id, shown.epoch); !ok) return ok;
  const bool by_committer = !last || info.signer == last->committer;
  if (shown != now->context() || !by_committer ||
      !std::ranges::equal(info.confirmation_tag, now->confirmation_tag())) {
    return fail(ErrorCode::kMalformed, "re-entry: a GroupInfo of another state");
  }
  return {};
}

Result<mls::LeafIndex> own_leaf(const mls::GroupInfo& info, const DeviceKey& device) {
  const Bytes* encoded = mls::find(info.extensions, mls::ExtensionType::kRatchetTree);
  if (encoded == nullptr) return fail(ErrorCode::kMalformed, "12.4.3.3: no tree");
  auto tree = mls::RatchetTree::decode(*encoded);
  if (!tree) return std::unexpected(tree.error());
  for (const mls::LeafIndex leaf : tree->members()) {
    if (std::ranges::equal(tree->leaf(leaf)->signature_key, device.bytes)) return leaf;
  }
  return fail(ErrorCode::kNotFound, "re-entry: no leaf of this device");
}

}  // namespace

Result<mls::Group::Joined> reenter(const mls::GroupInfo& info, const Reentry& reentry,
                                   const mls::Policy& policy, mls::Signed by) {
  if (reentry.base != nullptr) {
    if (auto ok = check_shown(info, reentry, policy); !ok) return std::unexpected(ok.error());
  }
  auto own = own_leaf(info, by.signer.public_key_as<DeviceKey>());
  if (!own) return std::unexpected(own.error());
  return mls::Group::join_external(
      info, {reentry.identity, reentry.leaf_extensions, *own, reentry.authenticated_data}, policy,
      by);
}

}  // namespace xom::admission
