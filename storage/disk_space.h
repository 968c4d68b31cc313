// How much room the disk of the store has, and what follows from it.
#pragma once

#include <cstdint>
#include <filesystem>

#include "protocol/base/result.h"

namespace xom::storage {

enum class SpaceState : std::uint8_t {
  kFine,
  kLow,   // to be announced: somebody has to do something
  kFull,  // nothing more is taken, so that what runs can end well
};

// Bytes free, below which it is so.
struct SpaceLimits {
  std::uint64_t low = 0;
  std::uint64_t full = 0;
};

// The state at `free` bytes, coming from `before`. It is left only with half as much again free:
// compactions take and return hundreds of megabytes all the time.
[[nodiscard]] SpaceState judge_space(SpaceState before, std::uint64_t free,
                                     const SpaceLimits& limits);

// Bytes that an ordinary user may still write to the file system of `folder`. kIo.
[[nodiscard]] Result<std::uint64_t> free_space(const std::filesystem::path& folder);

}  // namespace xom::storage
