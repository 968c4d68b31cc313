// Devices that were away return all at once, log in, open their groups and fetch what they missed:
// what a message costs so, and how those feel it who are inside and chat.
#pragma once

#include <sys/types.h>

#include "tools/load/client.h"

namespace xom::load {

struct CatchUpOptions {
  Target target;
  Population population;         // the first devices are inside, all others return
  pid_t server = 0;              // whose CPU is counted
  std::uint32_t inside = 1000;   // devices, each with the first of its groups open
  std::uint32_t missed = 100;    // messages in each group of who returns
  double rate = 10'000;          // deliveries a second to those inside
  std::chrono::seconds time{8};  // of the chat before anybody returns
  int returns = 3;               // without a chat, and as many beside one
  std::size_t size = 300;        // bytes of a payload
};

// Writes a line of JSON for each return, then one for all: the server's CPU for each message
// fetched (logging in included) and for each delivery, and the chat's times before and during the
// returns. Throws std::runtime_error.
void measure_catch_up(const CatchUpOptions& options);

}  // namespace xom::load
