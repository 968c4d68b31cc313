// Clients append under load, the node is killed at a random moment and started again: what was promised?
#pragma once

#include <cstdint>
#include <string>

namespace xom::test {

struct KillReport {
  int rounds = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t pushed = 0;
  std::uint64_t stored = 0;
  std::string violation;  // empty: every promise was kept
};
// Ends at the first violation.
[[nodiscard]] KillReport kill_rounds(int rounds, std::uint64_t seed);

}  // namespace xom::test
