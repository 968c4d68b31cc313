// One message to all sessions at once: of a node a signed alert, which it verifies and brings to
// the disk first; of the floor a frame. Meanwhile the same sessions chat a little in their groups.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "tools/load/client.h"

namespace xom::load {

struct AlertOptions {
  Target target;
  Population population;  // device 0 is of an account that is a publisher of the node
  pid_t server = 0;       // whose CPU is counted
  int rounds = 10;
  double chat = 500;               // deliveries a second, over all groups
  std::size_t size = 300;          // bytes of a chat's payload, and of the alert's description
  std::size_t floor_frame = 1024;  // bytes of the floor's alert, as many as a node's frame has
  std::filesystem::path folder;  // on the node's disk, to measure what a sync takes there; or empty
};

// Writes a line of JSON for each round: times since the alert was sent, in microseconds; then one
// for all: medians, the size of a pushed frame, and the chat's times. Throws std::runtime_error.
void measure_alert(const AlertOptions& options);

}  // namespace xom::load
