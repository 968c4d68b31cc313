#include "tools/load/fanout.h"

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tools/load/histogram.h"
#include "tools/load/process.h"
#include "tools/load/speakers.h"

namespace xom::load {

namespace {

// A rate counts as sustained up to this: p99 of a second, and 98 % there when the last is sent.
constexpr std::uint64_t kMostDelay = 1'000'000;
constexpr double kLeastShare = 0.98;
constexpr double kStep = 1.3;
constexpr double kClose = 1.08;
constexpr std::chrono::seconds kDrain{10};

// Answers whether the rate was sustained.
bool one_rate(Clients& clients, const FanoutOptions& options, double rate) {
  Histogram delays;
  std::uint64_t delivered = 0;
  const auto begin = Clock::now() + std::chrono::milliseconds(100);
  clients.delivered = [&](std::uint32_t, const Mark& mark, std::size_t) {
    if (mark.due_us < microseconds(begin)) return;  // of a rate before this one
    ++delivered;
    const std::int64_t delay = microseconds(Clock::now()) - mark.due_us;
    delays.add(static_cast<std::uint64_t>(std::max<std::int64_t>(delay, 0)));
  };
  const Population& population = options.population;
  const double messages_a_second = rate / population.members;
  const auto messages =
      static_cast<std::uint64_t>(messages_a_second * static_cast<double>(options.time.count()));
  const std::uint64_t expected = messages * population.members;
  const Usage before = usage_of(options.server);
  const Usage own_before = usage_of(::getpid());
  Speakers speakers(clients, population, population.groups, rate, options.size, begin);
  while (speakers.sent() < messages) speakers.step();
  const std::uint64_t in_time = delivered;
  const auto end = Clock::now() + kDrain;
  while (delivered < expected && Clock::now() < end) clients.poll(std::chrono::milliseconds(5));
  const Usage after = usage_of(options.server);
  const Usage own_after = usage_of(::getpid());
  clients.delivered = nullptr;
  const double count = static_cast<double>(std::max<std::uint64_t>(delivered, 1));
  const double share = static_cast<double>(in_time) / static_cast<double>(expected);
  const bool sustained = delivered == expected && delays.at(0.99) <= kMostDelay &&
                         share >= kLeastShare && clients.lost() == 0 && clients.refused() == 0;
  nlohmann::json line;
  line["rate"] = rate;
  line["expected"] = expected;
  line["delivered"] = delivered;
  line["in_time"] = share;
  line["sustained"] = sustained;
  line["p50_us"] = delays.at(0.5);
  line["p99_us"] = delays.at(0.99);
  line["max_us"] = delays.most();
  line["late_p99_us"] = speakers.late().at(0.99);
  line["cpu_us_per_delivery"] = (after.cpu_us - before.cpu_us) / count;
  line["own_cpu_us_per_delivery"] = (own_after.cpu_us - own_before.cpu_us) / count;
  line["resident_kib"] = after.resident_kib;
  line["lost"] = clients.lost();
  line["refused"] = clients.refused();
  if (!clients.last_error().empty()) line["error"] = clients.last_error();
  std::cout << line.dump() << std::endl;
  return sustained;
}

}  // namespace

void measure_fanout(const FanoutOptions& options) {
  Clients clients(options.target, options.population);
  clients.connect(200, std::chrono::seconds(120));
  double rate = options.rate;
  bool good = one_rate(clients, options, rate);
  if (!options.rising) return;
  for (; good; good = one_rate(clients, options, rate)) rate *= kStep;
  // Between the last that was sustained and the first that was not, until they are close.
  double below = rate / kStep;
  for (double gap = kStep; gap > kClose; gap = rate / below) {
    const double middle = below * std::sqrt(gap);
    if (one_rate(clients, options, middle))
      below = middle;
    else
      rate = middle;
  }
}

}  // namespace xom::load
