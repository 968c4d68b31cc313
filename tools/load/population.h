// The people of a load test. Everybody's keys follow from a number, so that a data folder filled by
// `seed` and a generator that was told the same numbers need no file between them.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/base/bytes.h"
#include "protocol/crypto/crypto.h"

namespace xom::load {

// Groups of `members` each. Every `places` groups that follow each other have the same members, and
// nobody is in any other.
struct Population {
  std::uint32_t groups = 100;  // a multiple of `places`
  std::uint32_t members = 100;
  std::uint32_t places = 1;

  [[nodiscard]] std::uint32_t devices() const { return groups / places * members; }
  // The first of its groups.
  [[nodiscard]] std::uint32_t group_of(std::uint32_t device) const {
    return device / members * places;
  }
  [[nodiscard]] std::uint32_t first_member(std::uint32_t group) const {
    return group / places * members;
  }
};

[[nodiscard]] crypto::SigningKey account_key(std::uint32_t device);
[[nodiscard]] crypto::SigningKey device_key(std::uint32_t device);
[[nodiscard]] LogId group_id(std::uint32_t group);

// MLSMessage(PrivateMessage) of `size` bytes in all, as opaque as a real one to a node, and as hard
// to compress; `mark` lies in its ciphertext. `size` must hold both (kLeastMessage and the mark).
inline constexpr std::size_t kLeastMessage = 64;
[[nodiscard]] std::string sealed_message(const LogId& group, std::uint64_t epoch, std::size_t size,
                                         std::string_view mark);

}  // namespace xom::load
