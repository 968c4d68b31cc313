// Appends under load, the power cut at a random moment, again and again; and what must hold after
// each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/rocksdb_testing.h"

namespace xom::storage::testing {

struct PowerLossPlan {
  std::uint64_t rounds = 10;
  std::uint64_t seed = 1;
  Sabotage sabotage = Sabotage::kNone;
};

struct PowerLossReport {
  std::uint64_t rounds = 0;
  std::uint64_t appends = 0;    // acknowledged
  std::uint64_t notices = 0;    // told to the listener
  std::uint64_t retries = 0;    // whose first attempt had been stored, though never answered
  std::uint64_t cut_short = 0;  // rounds whose cut came in the middle of a change of the disk
  std::vector<std::string> violations;
};

// Stops at the first round with a violation.
[[nodiscard]] PowerLossReport lose_power(const PowerLossPlan& plan);

}  // namespace xom::storage::testing
