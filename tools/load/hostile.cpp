#include "tools/load/hostile.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>

#include "tools/load/histogram.h"
#include "tools/load/intruders.h"
#include "tools/load/process.h"
#include "tools/load/returning.h"
#include "tools/load/speakers.h"

namespace xom::load {

namespace {

constexpr std::chrono::seconds kLimit{60};
constexpr std::chrono::seconds kDrain{10};
constexpr std::chrono::milliseconds kLook{250};
constexpr std::chrono::milliseconds kRest{2};
constexpr std::chrono::seconds kGone{2};  // for the node to notice
constexpr std::chrono::seconds kAfter{3};

class Hostile {
 public:
  explicit Hostile(const HostileOptions& options)
      : options_(options),
        normal_(options.target, options.population, {.of_each = options.normal}),
        intruders_(std::in_place, options.target, options.population, options.normal) {
    normal_.delivered = [this](std::uint32_t, const Mark& mark, std::size_t) {
      ++delivered_;
      const std::int64_t delay = microseconds(Clock::now()) - mark.due_us;
      times_.add(static_cast<std::uint64_t>(std::max<std::int64_t>(delay, 0)));
    };
  }

  void run() {
    if (intruders_->size() == 0) throw std::runtime_error("everybody chats; see --normal");
    read_everything();
    normal_.connect(200, kLimit);
    chat("before");
    const std::uint64_t quiet_kib = most_kib_;
    {
      std::jthread others([this](const std::stop_token& stop) {
        for (; !stop.stop_requested(); std::this_thread::sleep_for(kRest)) intruders_->step();
      });
      chat("during");
    }
    const Intruders::Counts& counts = intruders_->counts();
    line_["hostile"] = intruders_->size();
    line_["not_reading"] = intruders_->not_reading();
    line_["quiet_kib"] = quiet_kib;
    line_["most_kib"] = most_kib_;
    line_["attempts"] = counts.attempts.load();
    line_["entered"] = counts.entered.load();
    line_["failed"] = counts.failed.load();
    line_["garbage"] = counts.garbage.load();
    line_["dropped"] = counts.dropped.load();
    line_["asked"] = counts.asked.load();
    line_["intruders_error"] = intruders_->last_error();
    intruders_.reset();
    quiet();
    line_["lost"] = normal_.lost();
    line_["refused"] = normal_.refused();
    if (!normal_.last_error().empty()) line_["error"] = normal_.last_error();
    std::cout << line_.dump() << std::endl;
  }

 private:
  // The log of each group once, so that what the store keeps of it in memory is no part of what the
  // intruders hold.
  void read_everything() {
    const Population& people = options_.population;
    for (std::uint32_t device = 0; device < people.devices(); device += people.members)
      Returning(options_.target, people, {.first = device, .devices = 1, .group = false},
                UINT32_MAX)
          .run(kLimit);
  }

  // For the given time, then until all has come. What is found goes into the line, under `name`.
  void chat(const std::string& name) {
    const Population& people = options_.population;
    times_ = {};
    delivered_ = 0;
    most_kib_ = 0;
    const Usage before = usage_of(options_.server);
    const Usage own_before = usage_of(::getpid());
    const auto begin = Clock::now();
    Speakers speakers(normal_, people, people.groups / people.places,
                      options_.rate * people.members / options_.normal, options_.size, begin);
    auto look = begin;
    while (Clock::now() < begin + options_.time) {
      speakers.step(std::chrono::milliseconds(5));
      if (Clock::now() < look) continue;
      look += kLook;
      most_kib_ = std::max(most_kib_, usage_of(options_.server).resident_kib);
    }
    const std::uint64_t expected = speakers.sent() * options_.normal;
    const auto end = Clock::now() + kDrain;
    while (delivered_ < expected && Clock::now() < end) normal_.poll(std::chrono::milliseconds(5));
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    line_[name] = {{"expected", expected},
                   {"delivered", delivered_},
                   {"p50_us", times_.at(0.5)},
                   {"p99_us", times_.at(0.99)},
                   {"max_us", times_.most()},
                   {"late_p99_us", speakers.late().at(0.99)},
                   {"cpu", (usage_of(options_.server).cpu_us - before.cpu_us) / 1e6 / seconds},
                   {"own_cpu", (usage_of(::getpid()).cpu_us - own_before.cpu_us) / 1e6 / seconds}};
  }

  // Nobody speaks, and the intruders are gone: what the node still does for them.
  void quiet() {
    wait(kGone);
    const Usage before = usage_of(options_.server);
    wait(kAfter);
    const Usage after = usage_of(options_.server);
    line_["after"] = {
        {"cpu", (after.cpu_us - before.cpu_us) / 1e6 / static_cast<double>(kAfter.count())},
        {"resident_kib", after.resident_kib}};
  }

  void wait(std::chrono::seconds time) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) normal_.poll(std::chrono::milliseconds(20));
  }

  const HostileOptions& options_;
  Clients normal_;
  std::optional<Intruders> intruders_;
  Histogram times_;
  std::uint64_t delivered_ = 0;
  std::uint64_t most_kib_ = 0;
  nlohmann::json line_;
};

}  // namespace

void measure_hostile(const HostileOptions& options) { Hostile(options).run(); }

}  // namespace xom::load
