#include "tools/load/idle.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "tools/load/process.h"

namespace xom::load {

namespace {

// So few come at a time that what their handshakes need together is no part of the figure.
constexpr std::uint32_t kAtOnce = 20;

void wait(Clients& clients, std::chrono::seconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) clients.poll(std::chrono::milliseconds(20));
}

// `coming_us`: the CPU of the node while those came who are there since the line before.
void tell(const Clients& clients, pid_t server, double coming_us) {
  const Memory memory = memory_of(server);
  nlohmann::json line;
  line["sessions"] = clients.ready();
  line["resident_kib"] = memory.resident_kib;
  line["proportional_kib"] = memory.proportional_kib;
  line["coming_cpu_us"] = coming_us;
  line["lost"] = clients.lost();
  std::cout << line.dump() << std::endl;
}

}  // namespace

void measure_idle(const IdleOptions& options) {
  {  // So that the empty node has in memory what it needs for anybody at all.
    Clients first(options.target, options.population, {.channels = true});
    first.connect(kAtOnce, std::chrono::seconds(120), kAtOnce);
  }
  Clients clients(options.target, options.population, {.channels = true});
  wait(clients, options.quiet);
  tell(clients, options.server, 0);
  for (const std::uint32_t sessions : options.sessions) {
    const Usage before = usage_of(options.server);
    clients.connect(kAtOnce, std::chrono::seconds(120), sessions);
    const double coming_us = usage_of(options.server).cpu_us - before.cpu_us;
    wait(clients, options.quiet);
    tell(clients, options.server, coming_us);
  }
}

}  // namespace xom::load
