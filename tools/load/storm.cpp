#include "tools/load/storm.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "tools/load/histogram.h"
#include "tools/load/process.h"
#include "tools/load/returning.h"

namespace xom::load {

void measure_storm(const StormOptions& options) {
  Returning all(options.target, options.population, {.group = false, .persistent = true},
                options.missed);
  Clients& clients = all.clients();
  Histogram synced, acknowledged;
  std::map<std::uint32_t, std::int64_t> sent_us;
  const std::int64_t begin = microseconds(Clock::now());
  all.synced = [&](std::uint32_t connection) {
    const std::int64_t now = microseconds(Clock::now());
    synced.add(static_cast<std::uint64_t>(now - begin));
    // Not who had written what was missed: its entry ids go on from there.
    if (connection % options.writing != 1 % options.writing) return;
    sent_us[connection] = now;
    (void)clients.send(connection, options.size,
                       {now, options.population.group_of(clients.device_of(connection))});
  };
  all.answered = [&](std::uint32_t connection, const wire::ServerFrame& frame) {
    if (!frame.has_appended()) return;
    const std::int64_t waited = microseconds(Clock::now()) - sent_us.at(connection);
    acknowledged.add(static_cast<std::uint64_t>(waited));
  };
  const Usage before = usage_of(options.server);
  all.run(options.limit, options.at_once);
  const auto end = Clock::now() + options.limit;
  while (acknowledged.count() < sent_us.size() && clients.refused() == 0 && Clock::now() < end)
    clients.poll(std::chrono::milliseconds(5));
  const Usage after = usage_of(options.server);
  nlohmann::json line;
  line["devices"] = clients.size();
  line["messages"] = all.fetched();
  line["p50_us"] = synced.at(0.5);
  line["last_us"] = synced.most();
  line["sent"] = sent_us.size();
  line["acknowledged"] = acknowledged.count();
  line["acknowledged_p50_us"] = acknowledged.at(0.5);
  line["acknowledged_p99_us"] = acknowledged.at(0.99);
  line["cpu_us_per_device"] = (after.cpu_us - before.cpu_us) / static_cast<double>(clients.size());
  line["again"] = clients.again();
  line["refused"] = clients.refused();
  line["lost"] = clients.lost();
  if (!clients.last_error().empty()) line["error"] = clients.last_error();
  std::cout << line.dump() << std::endl;
}

}  // namespace xom::load
