// Writers that always have a number of messages on their way, into many groups that nobody reads:
// how many the node brings to its disk, and how long each waits for its acknowledgement. The loop
// is closed, so times are of the number on the way, not of a rate.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "tools/load/client.h"

namespace xom::load {

struct AppendOptions {
  Target target;
  Population population;          // all devices write, each into all of its groups in turn
  pid_t server = 0;               // whose CPU is counted
  std::uint32_t lines = 1;        // connections of each writer, each with groups of its own
  std::uint32_t outstanding = 8;  // on each connection
  std::chrono::seconds time{5};
  std::uint64_t count = 0;       // messages; 0: as many as the time allows
  std::size_t size = 300;        // bytes of a payload
  std::filesystem::path folder;  // on the node's disk, to measure what a sync takes there
};

// Writes a line of JSON: how many a second, times in microseconds, and of a sync before the load
// and meanwhile. Throws std::runtime_error.
void measure_append(const AppendOptions& options);

}  // namespace xom::load
