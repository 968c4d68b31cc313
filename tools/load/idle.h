// Sessions that do nothing: what each holds of the node's memory.
#pragma once

#include <sys/types.h>

#include "tools/load/client.h"

namespace xom::load {

struct IdleOptions {
  Target target;
  Population population;
  pid_t server = 0;                             // whose memory is read
  std::vector<std::uint32_t> sessions{10'000};  // rising; each has its group and the channels open
  std::chrono::seconds quiet{4};                // before the memory is read
};

// Writes a line of JSON for each number of sessions, after one for none: the memory in KiB, and the
// node's CPU while they came. Throws std::runtime_error.
void measure_idle(const IdleOptions& options);

}  // namespace xom::load
