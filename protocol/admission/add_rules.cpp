// RULES, "Vouchers": who may be added.
#include <algorithm>

#include "protocol/admission/judgement.h"
#include "protocol/base/rule.h"

namespace xom::admission {

namespace {

std::size_t leaves_with(const mls::RatchetTree& tree, const StatementId& voucher) {
  std::size_t count = 0;
  for (const mls::LeafIndex index : tree.members()) {
    const auto member = read_member(*tree.leaf(index));
    if (member && member->voucher == voucher) ++count;
  }
  return count;
}

Result<void> judge_voucher_standing(const Case& c, const trust::Voucher& voucher,
                                    const StatementId& id) {
  if (enforced(Rule::kInviterRole) && !c.rules.leads(voucher.inviter)) {
    return fail(ErrorCode::kUntrusted, "voucher: the inviter holds no inviting role");
  }
  const auto revoked_in = [&](const GroupRules& rules) {
    return std::ranges::find(rules.revoked, id) != rules.revoked.end();
  };
  if (enforced(Rule::kVoucherRevoked) && (revoked_in(c.rules) || revoked_in(c.new_rules))) {
    return fail(ErrorCode::kRevoked, "voucher: revoked");
  }
  if (enforced(Rule::kVoucherEpoch) &&
      (raw(voucher.issued_epoch) > raw(c.before.epoch()) ||
       raw(voucher.issued_epoch) < raw(c.rules.vouchers_from_epoch) ||
       raw(voucher.issued_epoch) < raw(c.new_rules.vouchers_from_epoch))) {
    return fail(ErrorCode::kUntrusted, "voucher: of an epoch that does not count");
  }
  if (enforced(Rule::kVoucherSpent) && leaves_with(c.after.tree(), id) > voucher.most_devices) {
    return fail(ErrorCode::kSpent, "voucher: spent");
  }
  return {};
}

// The test build may leave out signatures; the normal one never does.
Result<std::pair<trust::Voucher, StatementId>> open_proof(const Case& c, const AddProof& proof,
                                                          const AccountKey& account) {
  auto group = LogId::from(c.before.context().group_id);
  if (!group) return std::unexpected(group.error());
  if (!enforced(Rule::kVoucherSignatures)) {
    auto statement = trust::Statement::decode(proof.voucher);
    if (!statement) return std::unexpected(statement.error());
    auto voucher = trust::Voucher::decode_body(statement->body);
    if (!voucher) return std::unexpected(voucher.error());
    return std::pair{std::move(*voucher), statement->id()};
  }
  trust::AdmissionClaim claim{*group, proof.key_package, account, c.data.committer_time};
  if (!enforced(Rule::kVoucherExpiry)) claim.committer_time = TimeMs{0};
  auto admission = trust::check_admission(proof.voucher, proof.join_request, claim);
  if (!admission) return std::unexpected(admission.error());
  return std::pair{std::move(admission->voucher), admission->voucher_id};
}

Result<void> judge_newcomer(const Case& c, const Member& member, const AddProof& proof) {
  auto opened = open_proof(c, proof, member.account);
  if (!opened) return std::unexpected(opened.error().during("Add"));
  const auto& [voucher, id] = *opened;
  if (enforced(Rule::kLeafCarriesVoucher) && member.voucher != id) {
    return fail(ErrorCode::kUntrusted, "Add: the leaf does not carry its voucher");
  }
  return judge_voucher_standing(c, voucher, id);
}

// A further device of an account that is in the group: its list is its proof.
Result<void> judge_further_device(const Member& member, const std::vector<Placed>& present) {
  const bool carried = std::ranges::any_of(
      present, [&](const Placed& p) { return p.member.voucher == member.voucher; });
  if (enforced(Rule::kLeafCarriesVoucher) && !carried) {
    return fail(ErrorCode::kUntrusted, "Add: the leaf carries another voucher than its account");
  }
  if (enforced(Rule::kListVersionHighest) && member.list.version < highest_list_version(present)) {
    return fail(ErrorCode::kUntrusted, "Add: a newer device list of the account is in the tree");
  }
  return {};
}

}  // namespace

Result<void> judge_adds(const Case& c) {
  std::vector<bool> used(c.data.proofs.size(), false);
  for (const mls::ResolvedProposal& p : c.commit.proposals) {
    const auto* add = std::get_if<mls::Add>(&p.proposal.value);
    if (add == nullptr) continue;
    if (auto ok = mls::check_lifetime_span(add->key_package.leaf_node.lifetime); !ok) return ok;
    auto member = verify_member(add->key_package.leaf_node);
    if (!member) return std::unexpected(member.error().during("Add"));
    const auto present = members_of(c.before.tree(), member->account);
    if (!present.empty()) {
      if (auto ok = judge_further_device(*member, present); !ok) return ok;
      continue;
    }
    const Hash reference = add->key_package.reference();
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < used.size(); ++i) {
      const bool fits = c.data.proofs[i].key_package.bytes == reference.bytes;
      if (fits && !used[i] && !found) found = i;
    }
    if (!found) {
      if (!enforced(Rule::kOneProofPerAdd)) continue;
      return fail(ErrorCode::kUntrusted, "Add: an account that is not in the group has no proof");
    }
    used[*found] = true;
    if (auto ok = judge_newcomer(c, *member, c.data.proofs[*found]); !ok) return ok;
  }
  if (enforced(Rule::kOneProofPerAdd) && std::ranges::find(used, false) != used.end()) {
    return fail(ErrorCode::kUntrusted, "a proof belongs to no Add");
  }
  return {};
}

}  // namespace xom::admission
