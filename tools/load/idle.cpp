#include "tools/load/idle.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "tools/load/process.h"

namespace xom::load {

namespace {

void wait(Clients& clients, std::chrono::seconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) clients.poll(std::chrono::milliseconds(20));
}

void tell(const Clients& clients, pid_t server) {
  const Memory memory = memory_of(server);
  nlohmann::json line;
  line["sessions"] = clients.ready();
  line["resident_kib"] = memory.resident_kib;
  line["proportional_kib"] = memory.proportional_kib;
  line["lost"] = clients.lost();
  std::cout << line.dump() << std::endl;
}

}  // namespace

void measure_idle(const IdleOptions& options) {
  Clients clients(options.target, options.population, {.channels = true});
  wait(clients, options.quiet);
  tell(clients, options.server);
  for (const std::uint32_t sessions : options.sessions) {
    clients.connect(200, std::chrono::seconds(120), sessions);
    wait(clients, options.quiet);
    tell(clients, options.server);
  }
}

}  // namespace xom::load
