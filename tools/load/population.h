// The people of a load test. Everybody's keys follow from a number, so that a data folder filled by
// `seed` and a generator that was told the same numbers need no file between them.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/base/bytes.h"
#include "protocol/crypto/crypto.h"

namespace xom::load {

// Groups of `members` each; group g holds the devices g * members to g * members + members - 1.
struct Population {
  std::uint32_t groups = 100;
  std::uint32_t members = 100;

  [[nodiscard]] std::uint32_t devices() const { return groups * members; }
  [[nodiscard]] std::uint32_t group_of(std::uint32_t device) const { return device / members; }
};

[[nodiscard]] crypto::SigningKey account_key(std::uint32_t device);
[[nodiscard]] crypto::SigningKey device_key(std::uint32_t device);
[[nodiscard]] LogId group_id(std::uint32_t group);

// MLSMessage(PrivateMessage) of `size` bytes in all, as opaque as a real one to a node; `mark` lies
// in its ciphertext. `size` must hold both (kLeastMessage and the mark).
inline constexpr std::size_t kLeastMessage = 64;
[[nodiscard]] std::string sealed_message(const LogId& group, std::uint64_t epoch, std::size_t size,
                                         std::string_view mark);

}  // namespace xom::load
