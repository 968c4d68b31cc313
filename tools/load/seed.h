// Fills the data folder of a node that is not running: accounts, devices and groups as they would
// be there after everybody had come in, without their MLS trees. So messages can be ordered in
// these groups, and commits cannot.
#pragma once

#include <filesystem>

#include "protocol/base/result.h"
#include "tools/load/population.h"

namespace xom::load {

// `further`: so many groups more, of which nobody will speak; each has one member, who is one of
// the population. `messages`: of 300 bytes, of the first member of each group, the
// groups in turn. Errors of the data folder and the store.
[[nodiscard]] Result<void> seed(const std::filesystem::path& data, const Population& population,
                                std::uint32_t further = 0, std::uint64_t messages = 0);

}  // namespace xom::load
