// Who leads a group, said by the ward's authority (RULES, "Accounts, devices, re-entry").
#pragma once

#include "protocol/trust/authority.h"

namespace xom::trust {

// Any member may carry it into the group's policy, once (schema/signed.proto).
struct Leadership {
  static constexpr Kind kKind = Kind::kLeadership;
  AuthorityKey issuer;
  LogId group;
  AccountKey account;
  std::uint64_t from_version = 0;      // of the policy, at least 1
  std::optional<AccountKey> replaces;  // no longer leads
  [[nodiscard]] ByteView signer() const { return issuer.view(); }
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<Leadership> decode_body(ByteView body);
};

}  // namespace xom::trust
