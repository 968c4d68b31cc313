#include "protocol/base/bytes.h"
#include "protocol/base/result.h"

namespace xom {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal:
      return "internal";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kTooLarge:
      return "too_large";
    case ErrorCode::kUnknownKind:
      return "unknown_kind";
    case ErrorCode::kUnsupportedVersion:
      return "unsupported_version";
    case ErrorCode::kBadSignature:
      return "bad_signature";
    case ErrorCode::kNotPermitted:
      return "not_permitted";
    case ErrorCode::kUnauthenticated:
      return "unauthenticated";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kAlreadyExists:
      return "already_exists";
    case ErrorCode::kExpired:
      return "expired";
    case ErrorCode::kRevoked:
      return "revoked";
    case ErrorCode::kSpent:
      return "spent";
    case ErrorCode::kStaleEpoch:
      return "stale_epoch";
    case ErrorCode::kEntryGap:
      return "entry_gap";
    case ErrorCode::kRewound:
      return "rewound";
    case ErrorCode::kForked:
      return "forked";
    case ErrorCode::kTrimmed:
      return "trimmed";
    case ErrorCode::kRateLimited:
      return "rate_limited";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kUntrusted:
      return "untrusted";
    case ErrorCode::kWrongNode:
      return "wrong_node";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kBadConfiguration:
      return "bad_configuration";
  }
  return "unknown";
}

std::string to_hex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t b : bytes) {
    out.push_back(kDigits[b >> 4]);
    out.push_back(kDigits[b & 15]);
  }
  return out;
}

Result<Bytes> from_hex(std::string_view hex) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (hex.size() % 2 != 0) return fail(ErrorCode::kMalformed, "odd number of hex digits");
  Bytes out;
  out.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]);
    const int low = digit(hex[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorCode::kMalformed, "not a hex digit");
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return out;
}

}  // namespace xom
