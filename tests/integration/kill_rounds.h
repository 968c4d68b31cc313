// Rounds of: clients append under load, SIGKILL of the node at a random moment, restart, read
// everything.
#pragma once

#include <cstdint>

#include "protocol/base/result.h"

namespace xom::test {

struct KillReport {
  std::uint64_t rounds = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t pushed = 0;
  std::uint64_t stored = 0;
};
// An error tells what was lost, doubled or left out.
[[nodiscard]] Result<KillReport> kill_rounds(std::uint64_t rounds, std::uint64_t seed);

}  // namespace xom::test
