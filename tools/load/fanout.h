// Groups in which one member writes on a fixed schedule, and everybody reads. The schedule waits
// for nobody, so that waiting is not hidden from the times.
#pragma once

#include <sys/types.h>

#include "tools/load/client.h"

namespace xom::load {

struct FanoutOptions {
  Target target;
  Population population;
  pid_t server = 0;      // whose CPU is counted
  double rate = 10'000;  // deliveries a second, over all groups
  std::chrono::seconds time{8};
  std::size_t size = 300;  // bytes of a payload
  bool rising = false;     // the rate grows until it cannot be sustained
};

// Writes a line of JSON for each rate: what was asked for and reached, times in microseconds, and
// the server's CPU for each delivery. Throws std::runtime_error.
void measure_fanout(const FanoutOptions& options);

}  // namespace xom::load
