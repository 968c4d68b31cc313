// What a process has used, of /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace xom::load {

struct Usage {
  double cpu_us = 0;               // user and system, all threads
  std::uint64_t resident_kib = 0;  // VmRSS
};

// All zero if there is no such process.
[[nodiscard]] Usage usage_of(pid_t process);

}  // namespace xom::load
