// Rules that a test build can switch off by name, to show that the attack which a rule prevents
// succeeds without it. A normal build has no switch: `enforced()` is the constant true.
#pragma once

#include <cstdint>
#include <string_view>

namespace xom {

// One line a rule: the enumerator, its name for tests, the place that demands it.
// clang-format off
#define XOM_RULES(X)                                                              \
  X(kPathRequired, "path-required")                    /* RFC 9420, 12.4, 17.4 */ \
  X(kExternalRemovesOwnOnly, "external-removes-own-only")  /* 12.2; RULES, re-entry */ \
  X(kLeafKeysUnique, "leaf-keys-unique")               /* 7.3 */                  \
  X(kParentHashes, "parent-hashes")                    /* 7.9.2 */                \
  X(kUnmergedLeaves, "unmerged-leaves")                /* 12.4.3.1 */             \
  X(kNoticeOwnRemoval, "notice-own-removal")           /* 12.4.2 */               \
  X(kConfirmationTag, "confirmation-tag")              /* 12.4.2 */               \
  X(kMembershipTag, "membership-tag")                  /* 6.2 */                  \
  X(kContentSignature, "content-signature")            /* 6.1 */                  \
  X(kLeafSignature, "leaf-signature")                  /* 7.3 */                  \
  X(kLifetimeSpan, "lifetime-span")                    /* RULES, a commit is judged by */ \
  X(kOneProofPerAdd, "one-proof-per-add")              /* RULES, vouchers */      \
  X(kVoucherSignatures, "voucher-signatures")          /* RULES, vouchers */      \
  X(kInviterRole, "inviter-role")                      /* RULES, vouchers */      \
  X(kVoucherSpent, "voucher-spent")                    /* RULES, vouchers */      \
  X(kVoucherRevoked, "voucher-revoked")                /* RULES, vouchers */      \
  X(kVoucherExpiry, "voucher-expiry")                  /* RULES, vouchers */      \
  X(kVoucherEpoch, "voucher-epoch")                    /* RULES, vouchers */      \
  X(kLeafCarriesVoucher, "leaf-carries-voucher")       /* RULES, vouchers */      \
  X(kRemoveRevokesVoucher, "remove-revokes-voucher")   /* RULES, vouchers */      \
  X(kDeviceInList, "device-in-list")                   /* RULES, accounts */      \
  X(kListVersionHighest, "list-version-highest")       /* RULES, accounts */      \
  X(kDeadLeafSilent, "dead-leaf-silent")               /* RULES, accounts */      \
  X(kLeadersRemove, "leaders-remove")                  /* RULES, roles */         \
  X(kPolicyChange, "policy-change")                    /* RULES, roles */         \
  X(kDeadLeavesRemoved, "dead-leaves-removed")         /* RULES, accounts */      \
  X(kReentryOwnLeaf, "reentry-own-leaf")               /* RULES, re-entry */      \
  X(kLeadershipOnce, "leadership-once")                /* RULES, roles */         \
  X(kCredentialKept, "credential-kept")                /* RULES, accounts */
// clang-format on

enum class Rule : std::uint8_t {
#define XOM_RULE_ENUMERATOR(id, name) id,
  XOM_RULES(XOM_RULE_ENUMERATOR)
#undef XOM_RULE_ENUMERATOR
};

[[nodiscard]] std::string_view name_of(Rule rule);

#ifdef XOM_RULE_SWITCHES
// False while a RuleOff of this rule lives. Test builds only; one thread.
[[nodiscard]] bool enforced(Rule rule);

class RuleOff {
 public:
  explicit RuleOff(Rule rule);
  RuleOff(const RuleOff&) = delete;
  RuleOff& operator=(const RuleOff&) = delete;
  ~RuleOff();

 private:
  Rule rule_;
};
#else
[[nodiscard]] constexpr bool enforced(Rule /*rule*/) { return true; }
#endif

}  // namespace xom
