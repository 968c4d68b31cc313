#include "tools/load/process.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace xom::load {

Usage usage_of(pid_t process) {
  const std::string folder = "/proc/" + std::to_string(process);
  Usage usage;
  std::ifstream stat(folder + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return usage;
  // Behind the name, which may hold anything: fields 14 and 15 are user and system time in ticks.
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  usage.cpu_us = (user + system) * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream status(folder + "/status");
  while (std::getline(status, line)) {
    if (line.starts_with("VmRSS:")) usage.resident_kib = std::stoull(line.substr(6));
  }
  return usage;
}

Memory memory_of(pid_t process) {
  Memory memory;
  std::ifstream rollup("/proc/" + std::to_string(process) + "/smaps_rollup");
  std::string line;
  while (std::getline(rollup, line)) {
    if (line.starts_with("Rss:")) memory.resident_kib = std::stoull(line.substr(4));
    if (line.starts_with("Pss:")) memory.proportional_kib = std::stoull(line.substr(4));
  }
  return memory;
}

}  // namespace xom::load
