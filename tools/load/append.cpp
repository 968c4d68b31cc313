#include "tools/load/append.h"

#include <deque>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tools/load/histogram.h"
#include "tools/load/process.h"
#include "tools/load/sync_time.h"

namespace xom::load {

namespace {

constexpr std::chrono::seconds kDrain{10};

// One connection of a writer.
struct Writer {
  std::vector<std::uint32_t> groups;
  std::size_t next = 0;
  std::deque<std::int64_t> due_us;  // of what is on its way: answers come in order
};

class Append {
 public:
  explicit Append(const AppendOptions& options)
      : options_(options),
        clients_(options.target, options.population, {.lines = options.lines, .group = false}),
        writers_(clients_.size()) {
    for (std::uint32_t i = 0; i < writers_.size(); ++i) share_groups(i);
    clients_.answered = [this](std::uint32_t writer, const wire::ServerFrame& frame) {
      answered(writer, frame);
    };
  }

  void run() {
    clients_.connect(200, std::chrono::seconds(60));
    const double quiet_sync = sync_time_us(options_.folder);
    SyncProbe probe(options_.folder);
    const Usage before = usage_of(options_.server);
    const Usage own_before = usage_of(::getpid());
    begin_ = Clock::now();
    for (std::uint32_t i = 0; i < writers_.size(); ++i)
      for (std::uint32_t k = 0; k < options_.outstanding; ++k) write(i);
    while (more() && clients_.lost() == 0) clients_.poll(std::chrono::milliseconds(20));
    const auto end = Clock::now() + kDrain;
    while (done_ < sent_ && clients_.lost() == 0 && Clock::now() < end)
      clients_.poll(std::chrono::milliseconds(5));
    const double seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    const Usage after = usage_of(options_.server);
    const Usage own_after = usage_of(::getpid());
    const auto count = static_cast<double>(std::max<std::uint64_t>(times_.count(), 1));
    nlohmann::json line;
    line["sent"] = sent_;
    line["appended"] = times_.count();
    line["per_second"] = static_cast<double>(times_.count()) / seconds;
    line["p50_us"] = times_.at(0.5);
    line["p99_us"] = times_.at(0.99);
    line["max_us"] = times_.most();
    line["sync_us"] = quiet_sync;
    line["sync_meanwhile_us"] = probe.median_us();
    line["cpu_us_per_append"] = (after.cpu_us - before.cpu_us) / count;
    line["own_cpu_us_per_append"] = (own_after.cpu_us - own_before.cpu_us) / count;
    line["resident_kib"] = after.resident_kib;
    line["lost"] = clients_.lost();
    line["refused"] = clients_.refused();
    if (!clients_.last_error().empty()) line["error"] = clients_.last_error();
    std::cout << line.dump() << std::endl;
  }

 private:
  // Of the device's groups each of its connections has some; devices begin at different ones.
  void share_groups(std::uint32_t connection) {
    const Population& people = options_.population;
    const std::uint32_t device = clients_.device_of(connection);
    Writer& writer = writers_[connection];
    for (std::uint32_t place = connection % options_.lines; place < people.places;
         place += options_.lines)
      writer.groups.push_back(people.group_of(device) + place);
    if (writer.groups.empty()) throw std::runtime_error("more connections than groups of a writer");
    writer.next = writer.groups.size() * (device % people.members) / people.members;
  }

  [[nodiscard]] bool more() const {
    if (options_.count > 0) return sent_ < options_.count;
    return Clock::now() < begin_ + options_.time;
  }

  void write(std::uint32_t connection) {
    if (!more()) return;
    Writer& writer = writers_[connection];
    const std::uint32_t group = writer.groups[writer.next++ % writer.groups.size()];
    const std::int64_t now = microseconds(Clock::now());
    writer.due_us.push_back(now);
    (void)clients_.send(connection, options_.size, {now, group});
    ++sent_;
  }

  void answered(std::uint32_t connection, const wire::ServerFrame& frame) {
    Writer& writer = writers_[connection];
    const std::int64_t due = writer.due_us.front();
    writer.due_us.pop_front();
    ++done_;
    if (frame.has_appended())
      times_.add(static_cast<std::uint64_t>(microseconds(Clock::now()) - due));
    write(connection);
  }

  const AppendOptions& options_;
  Clients clients_;
  std::vector<Writer> writers_;
  Clock::time_point begin_;
  std::uint64_t sent_ = 0, done_ = 0;
  Histogram times_;
};

}  // namespace

void measure_append(const AppendOptions& options) { Append(options).run(); }

}  // namespace xom::load
