// Fills the data folder of a node that is not running: accounts, devices and groups as they would
// be there after everybody had come in, without their MLS trees. So messages can be ordered in
// these groups, and commits cannot.
#pragma once

#include <filesystem>

#include "protocol/base/result.h"
#include "tools/load/population.h"

namespace xom::load {

// Errors of the data folder and the store.
[[nodiscard]] Result<void> seed(const std::filesystem::path& data, const Population& population);

}  // namespace xom::load
