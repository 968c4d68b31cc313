// RULES, "Accounts, devices, re-entry" and "Vouchers": who may be removed, and by whom.
#include <algorithm>

#include "protocol/admission/judgement.h"
#include "protocol/base/rule.h"

namespace xom::admission {

namespace {

bool holds(const std::vector<mls::LeafIndex>& leaves, mls::LeafIndex leaf) {
  return std::ranges::find(leaves, leaf) != leaves.end();
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
  return {};
}

}  // namespace xom::admission
