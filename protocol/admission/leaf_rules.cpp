// RULES, "Accounts, devices, re-entry": who may leave, and what a leaf may become.
#include <algorithm>

#include "protocol/admission/judgement.h"
#include "protocol/base/rule.h"

namespace xom::admission {

namespace {

bool holds(const std::vector<mls::LeafIndex>& leaves, mls::LeafIndex leaf) {
  return std::ranges::find(leaves, leaf) != leaves.end();
}

// A leaf that takes the place of `before`, of the same person.
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

Result<void> judge_remover(const Case& c, const mls::ResolvedProposal& p, mls::LeafIndex removed,
                           const std::vector<mls::LeafIndex>& dead) {
  if (!enforced(Rule::kLeadersRemove) || holds(dead, removed)) return {};
  auto by = account_of(c.before.tree(), mls::LeafIndex{p.sender.index});
  auto whom = account_of(c.before.tree(), removed);
  if (!by) return std::unexpected(by.error());
  if (!whom) return std::unexpected(whom.error());
  if (*by != *whom && !c.rules.leads(*by)) {
    return fail(ErrorCode::kNotPermitted, "Remove: only a leader removes others");
  }
  return {};
}

bool voucher_has_ended(const Case& c, const StatementId& voucher) {
  return std::ranges::find(c.new_rules.revoked, voucher) != c.new_rules.revoked.end() ||
         raw(c.new_rules.vouchers_from_epoch) > raw(c.before.epoch());
}

}  // namespace

Result<void> judge_removes(const Case& c) {
  const auto dead = dead_leaves(c.before.tree());
  for (const mls::ResolvedProposal& p : c.commit.proposals) {
    if (const auto* remove = std::get_if<mls::Remove>(&p.proposal.value)) {
      if (auto ok = judge_remover(c, p, remove->removed, dead); !ok) return ok;
    }
  }
  for (const mls::LeafIndex leaf : c.commit.removed) {
    auto member = read_member(*c.before.tree().leaf(leaf));
    if (!member) continue;  // it can be no worse gone
    if (enforced(Rule::kRemoveRevokesVoucher) && member->voucher &&
        !voucher_has_ended(c, *member->voucher)) {
      return fail(ErrorCode::kNotPermitted, "Remove: the leaf's voucher is to be revoked with it");
    }
  }
  for (const mls::LeafIndex leaf : dead) {
    if (enforced(Rule::kDeadLeavesRemoved) && !holds(c.commit.removed, leaf)) {
      return fail(ErrorCode::kNotPermitted, "a dead leaf is to be removed by the next commit");
    }
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

Result<void> judge_reentry(const Case& c) {
  if (c.commit.removed.size() != 1) {
    return fail(ErrorCode::kNotPermitted, "re-entry removes exactly one leaf");
  }
  const mls::LeafNode& gone = *c.before.tree().leaf(c.commit.removed.front());
  const mls::LeafNode* joined = c.after.tree().leaf(c.commit.committer);
  if (joined == nullptr) return fail(ErrorCode::kInternal, "re-entry without a leaf");
  if (enforced(Rule::kReentryOwnLeaf)) {
    if (gone.credential != joined->credential) {
      return fail(ErrorCode::kUntrusted, "re-entry: the removed leaf is another account's");
    }
    auto member = read_member(*joined);
    if (!member) return std::unexpected(member.error());
    auto device = DeviceKey::from(gone.signature_key);
    const bool own = gone.signature_key == joined->signature_key;
    if (!own && device && member->list.contains(*device)) {
      return fail(ErrorCode::kUntrusted, "re-entry: the removed leaf is another device's");
    }
  }
  return judge_successor(c, gone, *joined);
}

}  // namespace xom::admission
