// Everybody returns to a node that has just started, as fast as it lets them in, and some begin to
// write as soon as they have what they missed.
#pragma once

#include <sys/types.h>

#include "tools/load/client.h"

namespace xom::load {

struct StormOptions {
  Target target;
  Population population;       // all return
  pid_t server = 0;            // whose CPU is counted
  std::uint32_t missed = 20;   // newest messages that each fetches of each of its groups
  std::uint32_t writing = 10;  // one device of so many writes one message
  std::size_t size = 300;      // bytes of its payload
  // As many as the queue of a listening socket holds: the kernel drops those above, and TCP takes a
  // minute to find out.
  std::size_t at_once = 4000;
  std::chrono::seconds limit{120};
};

// Writes a line of JSON: when devices had everything, since the begin, and what became of the
// messages. Throws std::runtime_error.
void measure_storm(const StormOptions& options);

}  // namespace xom::load
