// The file in which a ward writes down its quarters and cells.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace xom::tools {

inline constexpr std::size_t kMaxUnitsFile =
    256 * 1024;                                 // some 4,000 units, each on a line of its own
inline constexpr std::size_t kMaxUnits = 4096;  // what a verifier takes for one node

struct UnitLine {
  std::string unit;
  std::string parent;
  std::string level;
  std::string name;
  bool operator==(const UnitLine&) const = default;
};

// TOML, see tools/demo-data/tan-chanh-hiep.toml; parents come before children in the result.
// kMalformed with the line and what is wrong: unknown keys, ids twice, ranges that are none;
// kTooLarge.
[[nodiscard]] Result<std::vector<UnitLine>> parse_units(std::string_view text);

}  // namespace xom::tools
