// How somebody may enter a group (RULES, "Vouchers").
#pragma once

#include <string>

#include "protocol/trust/device.h"

namespace xom::trust {

struct Voucher {
  static constexpr Kind kKind = Kind::kVoucher;
  LogId group;
  OneTimeKey key;
  std::string household;
  std::uint64_t most_devices = 1;  // 1 … 8
  Epoch issued_epoch{0};
  TimeMs expires{};  // required
  AccountKey inviter;
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<Voucher> decode_body(ByteView body);
};

using KeyPackageRef = Fixed<struct KeyPackageRefTag>;  // RFC 9420, 5.2, SHA-256

struct JoinRequest {
  static constexpr Kind kKind = Kind::kJoinRequest;
  LogId group;
  StatementId voucher;
  KeyPackageRef key_package;
  AccountKey account;
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<JoinRequest> decode_body(ByteView body);
};

// Statement(VOUCHER) signed by the inviter's device. `device_list`: Statement(DEVICE_LIST) that
// holds the device.
[[nodiscard]] Bytes make_voucher(const Voucher& voucher, const crypto::SigningKey& device,
                                 Bytes device_list);
// Statement(JOIN_REQUEST) signed with the voucher's one-time key.
[[nodiscard]] Bytes make_join_request(const JoinRequest& request,
                                      const crypto::SigningKey& one_time);

struct VerifiedVoucher {
  Voucher voucher;
  StatementId id;
  DeviceSigner inviter;  // inviter.account == voucher.inviter
};
// One signature, by a device of the inviter. Does not look at any clock, role or revocation.
[[nodiscard]] Result<VerifiedVoucher> verify_voucher(ByteView statement);
// One signature, by the voucher's key; group and voucher id agree (kUntrusted).
[[nodiscard]] Result<JoinRequest> verify_join_request(ByteView statement,
                                                      const VerifiedVoucher& voucher);

// What an Add claims: read from the commit, its KeyPackage and its authenticated data.
struct AdmissionClaim {
  LogId group;
  KeyPackageRef key_package;
  AccountKey account;       // credential of the added leaf
  TimeMs committer_time{};  // written by the committer; the only time that counts
};
struct Admission {
  Voucher voucher;
  StatementId voucher_id;
  DeviceSigner inviter;
  AccountKey account;
};
// Do voucher and join request allow exactly this Add? kUntrusted: they are for another group,
// KeyPackage or account; kExpired; kBadSignature, kMalformed. Whether the inviter holds an inviting
// role in the old state, and whether the voucher is revoked or spent, only the group's state knows:
// the caller checks these.
[[nodiscard]] Result<Admission> check_admission(ByteView voucher, ByteView join_request,
                                                const AdmissionClaim& claim);

}  // namespace xom::trust
