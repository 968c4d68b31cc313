// What an account signs, and how a device speaks for it.
#pragma once

#include <string>
#include <vector>

#include "protocol/trust/verified.h"

namespace xom::trust {

struct DeviceList {
  static constexpr Kind kKind = Kind::kDeviceList;
  AccountKey account;
  std::uint64_t version = 0;       // 1, 2, 3, …
  std::vector<DeviceKey> devices;  // 1 … 8, all different
  [[nodiscard]] bool contains(const DeviceKey& device) const;
  [[nodiscard]] ByteView signer() const { return account.view(); }
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<DeviceList> decode_body(ByteView body);
};

// Travels encrypted only (RULES: no names in handshakes).
struct Profile {
  static constexpr Kind kKind = Kind::kProfile;
  AccountKey account;
  std::uint64_t version = 0;
  std::string name;
  [[nodiscard]] ByteView signer() const { return account.view(); }
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<Profile> decode_body(ByteView body);
};

// Statement(DEVICE_LIST) signed by its own account.
[[nodiscard]] Result<Verified<DeviceList>> verify_device_list(ByteView statement);

// The device and account behind one signature.
struct DeviceSigner {
  DeviceKey device;
  AccountKey account;
  std::uint64_t list_version = 0;
};
// `signature` must have been verified with its statement. Its device list must be signed by its
// account (kBadSignature, kUntrusted) and contain the signing key (kUntrusted); without a list:
// kUntrusted.
[[nodiscard]] Result<DeviceSigner> device_signer(const SignatureBy& signature);

}  // namespace xom::trust
