// Xóm's rules for commits (RULES: "What a commit is judged by", "Vouchers", "Accounts, devices,
// re-entry"), for node and clients alike.
#pragma once

#include "protocol/admission/dead_leaves.h"
#include "protocol/mls/public_group.h"

namespace xom::admission {

// Pure and without state. kUntrusted, kNotPermitted, kExpired, kSpent, kRevoked, kMalformed; the
// message names the rule.
class GroupPolicy final : public mls::Policy {
 public:
  [[nodiscard]] Result<void> judge(const mls::PublicGroup& before,
                                   const mls::StagedCommit& commit) const override;
};

// The rules that a group carries; kMalformed if it carries none that can be read.
[[nodiscard]] Result<GroupRules> rules_of(const mls::PublicGroup& group);

// A group that a Welcome or a GroupInfo shows to a newcomer: rules that can be read, every leaf a
// device of its account's list. One signature verification a member. Whether the leaders hold their
// office and the paper's voucher is carried, the caller checks against the official log.
[[nodiscard]] Result<void> check_entered(const mls::PublicGroup& group);

// What a commit that removes these leaves must change in the rules: their vouchers revoked, the
// version raised. Nothing, if they carry none that still counts. kTooLarge: no room for them; a
// leader must first raise vouchers_from_epoch.
[[nodiscard]] Result<std::optional<mls::Proposal>> revoke_vouchers_of(
    const mls::PublicGroup& group, const std::vector<mls::LeafIndex>& leaves);

}  // namespace xom::admission
