// RULES, "Accounts, devices, re-entry": what a leaf may become.
#include "protocol/admission/judgement.h"
#include "protocol/base/rule.h"

namespace xom::admission {

Result<void> judge_successor(const Case& c, const mls::LeafNode& before,
                             const mls::LeafNode& after) {
  if (enforced(Rule::kCredentialKept) && before.credential != after.credential) {
    return fail(ErrorCode::kUntrusted, "leaf: another credential");
  }
  const Bytes* old_facts = mls::find(before.extensions, mls::ExtensionType::kLeafFacts);
  const Bytes* new_facts = mls::find(after.extensions, mls::ExtensionType::kLeafFacts);
  // What is equal was verified when it came in.
  if (old_facts != nullptr && new_facts != nullptr && *old_facts == *new_facts &&
      before.signature_key == after.signature_key && before.credential == after.credential) {
    return {};
  }
  auto old_member = read_member(before);
  if (!old_member) return std::unexpected(old_member.error());
  auto member = verify_member(after);
  if (!member) return std::unexpected(member.error());
  if (enforced(Rule::kLeafCarriesVoucher) && member->voucher != old_member->voucher) {
    return fail(ErrorCode::kUntrusted, "leaf: a voucher is kept for ever");
  }
  const auto present = members_of(c.before.tree(), member->account);
  if (enforced(Rule::kListVersionHighest) && member->list.version < highest_list_version(present)) {
    return fail(ErrorCode::kUntrusted, "leaf: a newer device list of the account is in the tree");
  }
  return {};
}

Result<void> judge_changed_leaves(const Case& c) {
  std::vector<mls::LeafIndex> changed = c.commit.updated;
  if (c.commit.commit.path) changed.push_back(c.commit.committer);
  for (const mls::LeafIndex leaf : changed) {
    const mls::LeafNode* before = c.before.tree().leaf(leaf);
    const mls::LeafNode* after = c.after.tree().leaf(leaf);
    if (before == nullptr || after == nullptr) {
      return fail(ErrorCode::kInternal, "a changed leaf is in one state only");
    }
    if (auto ok = judge_successor(c, *before, *after); !ok) return ok;
  }
  return {};
}

}  // namespace xom::admission
