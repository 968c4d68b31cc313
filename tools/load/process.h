// What a process has used, of /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace xom::load {

struct Usage {
  double cpu_us = 0;               // user and system, all threads
  std::uint64_t resident_kib = 0;  // VmRSS
};

// `proportional` counts of what is shared with other processes only this one's share (Pss).
struct Memory {
  std::uint64_t resident_kib = 0;
  std::uint64_t proportional_kib = 0;
};

// All zero if there is no such process.
[[nodiscard]] Usage usage_of(pid_t process);
[[nodiscard]] Memory memory_of(pid_t process);

}  // namespace xom::load
