// The composition root of a node.
#pragma once

#include <filesystem>

#include "protocol/base/result.h"

namespace xom::server {

struct NodeOptions {
  std::filesystem::path data;
  std::filesystem::path config;  // empty: xom.toml in the data folder
};

// Builds the node, runs it until SIGTERM or SIGINT, and ends it in good order: stops accepting,
// says goodbye, writes what waits, closes the store; at the latest after limits::kStopDeadline,
// then the process ends here. SIGHUP reads the certificate again. A store that ran out of space is
// closed in the same order once there is space, and everything is built anew from what is on the
// disk, as after a restart of the process. An error is a failed start: one line (or one per fault
// of the configuration) with the remedy.
[[nodiscard]] Result<void> run_node(const NodeOptions& options);

}  // namespace xom::server
