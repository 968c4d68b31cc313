// Bytes, views of bytes, and the strong 32-byte identities that are built from them.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace xom {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] inline ByteView view_of(std::string_view s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}
[[nodiscard]] inline std::string_view text_of(ByteView b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}
[[nodiscard]] std::string to_hex(ByteView bytes);
// Accepts lower and upper case, an even number of digits; anything else is kMalformed.
[[nodiscard]] Result<Bytes> from_hex(std::string_view hex);

// Fixed-size value with a tag, so that a node id cannot be passed where a log id is meant.
template <class Tag, std::size_t N = 32>
struct Fixed {
  static constexpr std::size_t kSize = N;
  std::array<std::uint8_t, N> bytes{};

  auto operator<=>(const Fixed&) const = default;
  [[nodiscard]] ByteView view() const { return bytes; }
  [[nodiscard]] std::string hex() const { return to_hex(bytes); }
  // kMalformed unless exactly N bytes.
  [[nodiscard]] static Result<Fixed> from(ByteView b) {
    if (b.size() != N) return fail(ErrorCode::kMalformed, "wrong length of a fixed-size value");
    Fixed f;
    for (std::size_t i = 0; i < N; ++i) f.bytes[i] = b[i];
    return f;
  }
};

// Ed25519 public keys, one type per holder.
using NodeKey = Fixed<struct NodeKeyTag>;            // the machine: connections, headers, heads
using AuthorityKey = Fixed<struct AuthorityKeyTag>;  // the office; it is the identity of a node
using AccountKey = Fixed<struct AccountKeyTag>;      // a person
using DeviceKey = Fixed<struct DeviceKeyTag>;        // one browser or phone of a person
using OneTimeKey = Fixed<struct OneTimeKeyTag>;      // vouchers, invitations, enrolment codes
// A node is named by its authority key: machines, names and addresses may change, this stays.
using NodeId = AuthorityKey;

using LogId = Fixed<struct LogIdTag>;
using Hash = Fixed<struct HashTag>;  // SHA-256
using Signature = Fixed<struct SignatureTag, 64>;
using StatementId = Fixed<struct StatementIdTag>;  // SHA-256 of context || body

// Number of an entry in its log: 1, 2, 3, … without gaps; 0 means "before the first".
enum class Seq : std::uint64_t {};
// Epoch of an MLS group.
enum class Epoch : std::uint64_t {};
// Consecutive number of an entry per (log, writer's device): 1, 2, 3, …
enum class EntryId : std::uint64_t {};
// Milliseconds since 1970-01-01 UTC.
enum class TimeMs : std::int64_t {};

template <class E>
[[nodiscard]] constexpr auto raw(E e) {
  return static_cast<std::underlying_type_t<E>>(e);
}
[[nodiscard]] constexpr Seq next(Seq s) { return Seq{raw(s) + 1}; }

// Where a reader stands in a log: the last entry it has, and the hash of that entry's header.
// {0, zero hash} is the start.
struct Cursor {
  Seq seq{0};
  Hash hash;
  bool operator==(const Cursor&) const = default;
};

}  // namespace xom
