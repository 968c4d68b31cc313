#include "protocol/admission/group_policy.h"

#include <algorithm>

#include "protocol/admission/judgement.h"
#include "protocol/admission/limits.h"

namespace xom::admission {

namespace {

// A pre-shared key that one member lacks, or a proposal by somebody outside, would split the group.
Result<void> judge_kinds(const mls::StagedCommit& commit) {
  for (const mls::ResolvedProposal& p : commit.proposals) {
    const auto sender =
        commit.external ? mls::SenderType::kNewMemberCommit : mls::SenderType::kMember;
    if (p.sender.type != sender) {
      return fail(ErrorCode::kNotPermitted, "a proposal by somebody outside");
    }
    switch (p.proposal.type()) {
      case mls::ProposalType::kExternalInit:
      case mls::ProposalType::kRemove:
        continue;
      case mls::ProposalType::kAdd:
      case mls::ProposalType::kUpdate:
      case mls::ProposalType::kGroupContextExtensions:
        if (!commit.external) continue;
        return fail(ErrorCode::kNotPermitted, "re-entry changes nothing else");
      case mls::ProposalType::kPreSharedKey:
      case mls::ProposalType::kReInit:
        return fail(ErrorCode::kNotPermitted, "a proposal that Xóm does not use");
    }
  }
  return {};
}

}  // namespace

Result<AccountKey> account_of(const mls::RatchetTree& tree, mls::LeafIndex leaf) {
  const mls::LeafNode* node = tree.leaf(leaf);
  if (node == nullptr) return fail(ErrorCode::kMalformed, "a blank leaf");
  return AccountKey::from(node->credential.identity);
}

Result<GroupRules> rules_of(const mls::PublicGroup& group) {
  const Bytes* rules = mls::find(group.context().extensions, mls::ExtensionType::kPolicy);
  if (rules == nullptr) return fail(ErrorCode::kMalformed, "a group without rules");
  return GroupRules::decode(*rules);
}

Result<void> GroupPolicy::judge(const mls::PublicGroup& before,
                                const mls::StagedCommit& commit) const {
  if (auto ok = judge_kinds(commit); !ok) return ok;
  auto rules = rules_of(before);
  if (!rules) return std::unexpected(rules.error());
  auto new_rules = rules_of(*commit.after);
  if (!new_rules) return std::unexpected(new_rules.error());
  auto data = CommitData::decode(commit.authenticated_data);
  if (!data) return std::unexpected(data.error());
  const Case c{before,          *commit.after, commit, std::move(*rules), std::move(*new_rules),
               std::move(*data)};
  if (commit.external) {
    if (!c.data.proofs.empty() || !c.data.statements.empty()) {
      return fail(ErrorCode::kNotPermitted, "re-entry carries no proofs");
    }
    return judge_reentry(c);
  }
  for (const auto part :
       {judge_dead_leaves, judge_removes, judge_changed_leaves, judge_adds, judge_rules_change}) {
    if (auto ok = part(c); !ok) return ok;
  }
  return {};
}

Result<void> check_entered(const mls::PublicGroup& group) {
  if (auto rules = rules_of(group); !rules) return std::unexpected(rules.error());
  for (const mls::LeafIndex leaf : group.tree().members()) {
    if (auto member = verify_member(*group.tree().leaf(leaf)); !member) {
      return std::unexpected(member.error());
    }
  }
  return {};
}

Result<std::optional<mls::Proposal>> revoke_vouchers_of(const mls::PublicGroup& group,
                                                        const std::vector<mls::LeafIndex>& leaves) {
  auto rules = rules_of(group);
  if (!rules) return std::unexpected(rules.error());
  const std::size_t before = rules->revoked.size();
  for (const mls::LeafIndex leaf : leaves) {
    const mls::LeafNode* node = group.tree().leaf(leaf);
    if (node == nullptr) return fail(ErrorCode::kNotFound, "no such leaf");
    const auto member = read_member(*node);
    if (!member || !member->voucher) continue;
    if (std::ranges::find(rules->revoked, *member->voucher) == rules->revoked.end()) {
      rules->revoked.push_back(*member->voucher);
    }
  }
  if (rules->revoked.size() == before) return std::optional<mls::Proposal>{};
  if (rules->revoked.size() > kMaxRevoked) {
    return fail(ErrorCode::kTooLarge, "too many revoked vouchers: end all of them first");
  }
  ++rules->version;
  mls::Extensions extensions = group.context().extensions;
  for (mls::Extension& e : extensions) {
    if (e.type == static_cast<std::uint16_t>(mls::ExtensionType::kPolicy)) {
      e.data = rules->encode();
    }
  }
  mls::GroupContextExtensions change{std::move(extensions)};
  return std::optional<mls::Proposal>{mls::Proposal{std::move(change)}};
}

}  // namespace xom::admission
