#include "tools/load/catch_up.h"

#include <algorithm>
#include <atomic>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/load/histogram.h"
#include "tools/load/process.h"
#include "tools/load/returning.h"
#include "tools/load/speakers.h"

namespace xom::load {

namespace {

constexpr std::chrono::seconds kLimit{60};
constexpr std::chrono::milliseconds kBetween{500};

// What those who return will have missed: written by one member of each of their groups.
void write_missed(const CatchUpOptions& options) {
  const Population& people = options.population;
  std::vector<std::unique_ptr<Clients>> writers;
  std::uint64_t left = 0;
  for (std::uint32_t device = options.inside; device < people.devices(); device += people.members) {
    writers.push_back(std::make_unique<Clients>(
        options.target, people, Crowd{.first = device, .devices = 1, .group = false}));
    Clients& writer = *writers.back();
    writer.connect(1, kLimit);
    writer.answered = [&](std::uint32_t, const wire::ServerFrame&) { --left; };
    for (std::uint32_t i = 0; i < options.missed * people.places; ++i, ++left)
      (void)writer.send(0, options.size, {0, people.group_of(device) + i % people.places});
  }
  const auto end = Clock::now() + kLimit;
  while (left > 0) {
    for (const auto& writer : writers) {
      writer->poll(std::chrono::milliseconds(1));
      if (writer->refused() > 0 || writer->lost() > 0 || Clock::now() > end)
        throw std::runtime_error("what was missed could not be written: " + writer->last_error());
    }
  }
}

// When somebody was returning last, from two threads.
struct Window {
  std::atomic<std::int64_t> begin_us = INT64_MAX, end_us = INT64_MAX;
  void begin() {
    end_us = INT64_MAX;
    begin_us = microseconds(Clock::now());
  }
  void end() { end_us = microseconds(Clock::now()); }
  // Was a message under way while they were?
  [[nodiscard]] bool touches(std::int64_t due_us, std::int64_t now_us) const {
    return due_us <= end_us && now_us >= begin_us;
  }
};

class CatchUp {
 public:
  explicit CatchUp(const CatchUpOptions& options)
      : options_(options),
        inside_(options.target, options.population, {.devices = options.inside}) {
    inside_.delivered = [this](std::uint32_t, const Mark& mark, std::size_t) {
      const std::int64_t now = microseconds(Clock::now());
      Histogram& times = window_.touches(mark.due_us, now) ? during_ : before_;
      ++delivered_;
      if (!returning_ || &times == &during_)
        times.add(static_cast<std::uint64_t>(std::max<std::int64_t>(now - mark.due_us, 0)));
    };
  }

  void run() {
    write_missed(options_);
    inside_.connect(200, kLimit);
    std::vector<double> costs;
    for (int i = 0; i < options_.returns; ++i) costs.push_back(return_alone());
    std::ranges::sort(costs);
    const double delivery = chat_alone();
    const double seconds = chat_beside_returns();
    nlohmann::json line;
    line["cpu_us_per_message"] = costs[costs.size() / 2];
    line["cpu_us_per_delivery"] = delivery;
    line["return_seconds"] = seconds;
    line["before"] = before_.count();
    line["before_p50_us"] = before_.at(0.5);
    line["before_p99_us"] = before_.at(0.99);
    line["during"] = during_.count();
    line["during_p50_us"] = during_.at(0.5);
    line["during_p99_us"] = during_.at(0.99);
    line["before_late_p99_us"] = before_late_us_;
    line["during_late_p99_us"] = during_late_us_;
    line["lost"] = inside_.lost();
    line["refused"] = inside_.refused();
    if (!inside_.last_error().empty()) line["error"] = inside_.last_error();
    std::cout << line.dump() << std::endl;
  }

 private:
  // Answers the CPU for each message.
  double return_alone() {
    Returning away = those_away();
    const Usage before = usage_of(options_.server);
    const auto begin = Clock::now();
    away.run(kLimit);
    const auto fetched = static_cast<double>(away.fetched());
    nlohmann::json line;
    line["messages"] = fetched;
    line["seconds"] = std::chrono::duration<double>(Clock::now() - begin).count();
    const double cost = (usage_of(options_.server).cpu_us - before.cpu_us) / fetched;
    line["cpu_us_per_message"] = cost;
    std::cout << line.dump() << std::endl;
    return cost;
  }

  [[nodiscard]] Returning those_away() const {
    return {options_.target,
            options_.population,
            {.first = options_.inside, .group = false},
            options_.missed};
  }

  Speakers speakers() {
    return {inside_,       options_.population, options_.inside / options_.population.members,
            options_.rate, options_.size,       Clock::now()};
  }

  // Answers the CPU for each delivery.
  double chat_alone() {
    std::this_thread::sleep_for(kBetween);  // those who left are forgotten
    const Usage before = usage_of(options_.server);
    Speakers chat = speakers();
    const auto end = Clock::now() + options_.time;
    while (Clock::now() < end) chat.step();
    settle(chat);
    before_late_us_ = chat.late().at(0.99);
    return (usage_of(options_.server).cpu_us - before.cpu_us) /
           static_cast<double>(std::max<std::uint64_t>(delivered_, 1));
  }

  void settle(const Speakers& chat) {
    const auto end = Clock::now() + kLimit;
    const std::uint64_t expected = chat.sent() * options_.population.members;
    while (delivered_ < expected && Clock::now() < end) inside_.poll(std::chrono::milliseconds(5));
    if (delivered_ < expected) throw std::runtime_error("not everything was delivered");
  }

  // Answers the mean time of a return.
  double chat_beside_returns() {
    returning_ = true;
    delivered_ = 0;
    std::atomic<bool> ended = false;
    std::string problem;
    double seconds = 0;
    std::thread others([&] {
      try {
        for (int i = 0; i < options_.returns; ++i) {
          std::this_thread::sleep_for(kBetween);
          Returning away = those_away();
          window_.begin();
          const auto begin = Clock::now();
          away.run(kLimit);
          window_.end();
          seconds += std::chrono::duration<double>(Clock::now() - begin).count();
        }
      } catch (const std::exception& e) {
        problem = e.what();
      }
      ended = true;
    });
    Speakers chat = speakers();
    while (!ended) chat.step(std::chrono::milliseconds(5));
    others.join();
    if (!problem.empty()) throw std::runtime_error(problem);
    settle(chat);
    during_late_us_ = chat.late().at(0.99);
    return seconds / options_.returns;
  }

  const CatchUpOptions& options_;
  Clients inside_;
  Window window_;
  bool returning_ = false;
  std::uint64_t delivered_ = 0;
  Histogram before_, during_;
  std::uint64_t before_late_us_ = 0, during_late_us_ = 0;
};

}  // namespace

void measure_catch_up(const CatchUpOptions& options) { CatchUp(options).run(); }

}  // namespace xom::load
