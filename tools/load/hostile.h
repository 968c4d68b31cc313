// Members who chat while others of their groups are hostile (intruders.h): how those who chat feel
// it, and what the others hold of the node's memory.
#pragma once

#include <sys/types.h>

#include "tools/load/client.h"

namespace xom::load {

struct HostileOptions {
  Target target;
  Population population;
  pid_t server = 0;               // whose memory and CPU are read
  std::uint32_t normal = 100;     // members of each group who chat; the others are hostile
  double rate = 3'000;            // deliveries a second to those who chat
  std::chrono::seconds time{15};  // before the others come, and as long while they are there
  std::size_t size = 300;         // bytes of a payload
};

// Writes a line of JSON: the chat's times before and meanwhile, memory in KiB before, at the most
// and after, the CPU of the node in seconds for each second (also after they are gone, when nobody
// speaks), and what the intruders did. Throws std::runtime_error.
void measure_hostile(const HostileOptions& options);

}  // namespace xom::load
