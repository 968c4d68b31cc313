// Devices that log in as fast as they can: what each costs.
#pragma once

#include <sys/types.h>

#include "tools/load/client.h"

namespace xom::load {

struct LoginOptions {
  Target target;
  Population population;
  pid_t server = 0;  // whose CPU is counted
  std::size_t at_once = 500;
};

// Writes a line of JSON: the server's CPU for each login, how many there were in a second, and the
// CPU of one Ed25519 verification in this process. Throws std::runtime_error.
void measure_login(const LoginOptions& options);

}  // namespace xom::load
