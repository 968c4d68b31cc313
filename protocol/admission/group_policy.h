// Xóm's rules for commits (RULES: "What a commit is judged by", "Vouchers", "Accounts, devices,
// re-entry"), for node and clients alike.
#pragma once

#include "protocol/admission/facts.h"
#include "protocol/mls/public_group.h"

namespace xom::admission {

// Pure and without state. kUntrusted, kNotPermitted, kExpired, kSpent, kRevoked, kMalformed; the
// message names the rule.
class GroupPolicy final : public mls::Policy {
 public:
  [[nodiscard]] Result<void> judge(const mls::PublicGroup& before,
                                   const mls::StagedCommit& commit) const override;
};

// A member whose leaf counts: its device is in the newest list of its account in the tree.
[[nodiscard]] bool is_live(const mls::PublicGroup& group, mls::LeafIndex leaf);

}  // namespace xom::admission
