#include "protocol/mls/hpke_public_key.h"

#include <algorithm>
#include <array>

namespace xom::mls {

namespace {

using Point = std::array<std::uint8_t, 32>;

constexpr Point small(std::uint8_t first) {
  Point point{};
  point[0] = first;
  return point;
}
// 2^255 - 256 + `first`: the prime p, its neighbours.
constexpr Point near_prime(std::uint8_t first) {
  Point point{};
  point.fill(0xFF);
  point[0] = first;
  point[31] = 0x7F;
  return point;
}

// The u coordinates of small order (RFC 7748, 6.1), with those that are not reduced.
constexpr std::array<Point, 7> kSmallOrder = {{
    small(0),
    small(1),
    {0xE0, 0xEB, 0x7A, 0x7C, 0x3B, 0x41, 0xB8, 0xAE, 0x16, 0x56, 0xE3,
     0xFA, 0xF1, 0x9F, 0xC4, 0x6A, 0xDA, 0x09, 0x8D, 0xEB, 0x9C, 0x32,
     0xB1, 0xFD, 0x86, 0x62, 0x05, 0x16, 0x5F, 0x49, 0xB8, 0x00},
    {0x5F, 0x9C, 0x95, 0xBC, 0xA3, 0x50, 0x8C, 0x24, 0xB1, 0xD0, 0xB1,
     0x55, 0x9C, 0x83, 0xEF, 0x5B, 0x04, 0x44, 0x5C, 0xC4, 0x58, 0x1C,
     0x8E, 0x86, 0xD8, 0x22, 0x4E, 0xDD, 0xD0, 0x9F, 0x11, 0x57},
    near_prime(0xEC),
    near_prime(0xED),
    near_prime(0xEE),
}};

}  // namespace

Result<void> check_encryption_key(ByteView key) {
  Point point{};
  if (key.size() != point.size()) {
    return fail(ErrorCode::kMalformed, "5.1.1: wrong length of an encryption key");
  }
  std::copy(key.begin(), key.end(), point.begin());
  point[31] &= 0x7F;  // X25519 ignores the last bit
  if (std::find(kSmallOrder.begin(), kSmallOrder.end(), point) != kSmallOrder.end()) {
    return fail(ErrorCode::kMalformed, "5.1.1: an encryption key of small order");
  }
  return {};
}

}  // namespace xom::mls
