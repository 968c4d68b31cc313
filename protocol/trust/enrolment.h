// How offices and nodes come into being: one-time keys that an authority hands out on paper.
#pragma once

#include <string>
#include <vector>

#include "protocol/trust/authority.h"
#include "protocol/trust/verified.h"

namespace xom::trust {

// Signed by the authority: the holder of `key` is meant for this office.
struct Invitation {
  static constexpr Kind kKind = Kind::kInvitation;
  AuthorityKey issuer;
  OneTimeKey key;
  Office office{};
  std::vector<std::string> units;
  std::string name;
  TimeMs expires{};  // required
  [[nodiscard]] ByteView signer() const { return issuer.view(); }
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<Invitation> decode_body(ByteView body);
};

// Signed by the invitation's one-time key.
struct OfficeRequest {
  static constexpr Kind kKind = Kind::kOfficeRequest;
  StatementId invitation;
  AccountKey account;
  Bytes device_list;  // Statement(DEVICE_LIST) of the account
  std::string name;
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<OfficeRequest> decode_body(ByteView body);
};

// Signed by the parent's authority: the holder of `key` may enrol a node.
struct EnrolmentGrant {
  static constexpr Kind kKind = Kind::kEnrolmentGrant;
  AuthorityKey issuer;
  OneTimeKey key;
  std::string name;
  std::string level;
  TimeMs expires{};  // required
  [[nodiscard]] ByteView signer() const { return issuer.view(); }
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<EnrolmentGrant> decode_body(ByteView body);
};

// Signed by three: the grant's one-time key, the new authority key, the new node key.
struct EnrolmentRequest {
  static constexpr Kind kKind = Kind::kEnrolmentRequest;
  StatementId grant;
  AuthorityKey authority;
  NodeKey node_key;
  TimeMs made{};
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<EnrolmentRequest> decode_body(ByteView body);
};

[[nodiscard]] Bytes make_enrolment_request(const EnrolmentRequest& request,
                                           const crypto::SigningKey& one_time,
                                           const crypto::SigningKey& authority,
                                           const crypto::SigningKey& node);

// Invitations and grants: signed by `issuer` (kUntrusted), not expired at `now` (kExpired).
[[nodiscard]] Result<Verified<Invitation>> verify_invitation(ByteView statement,
                                                             const NodeId& issuer, TimeMs now);
[[nodiscard]] Result<Verified<EnrolmentGrant>> verify_grant(ByteView statement,
                                                            const NodeId& issuer, TimeMs now);
// The answer: names the offer, is signed by its one-time key (kUntrusted), and its device list is
// the account's.
[[nodiscard]] Result<Verified<OfficeRequest>> verify_office_request(
    ByteView statement, const Verified<Invitation>& invitation);
[[nodiscard]] Result<Verified<EnrolmentRequest>> verify_enrolment_request(
    ByteView statement, const Verified<EnrolmentGrant>& grant);

}  // namespace xom::trust
