// What a node does for its store in the background: looks at its disk, trims its logs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <functional>

#include "client.pb.h"
#include "server/config/config.h"
#include "server/disk_watch.h"
#include "server/retention/trimmer.h"

namespace xom::server {

class Upkeep {
 public:
  // `reopen` is called once, when the store has to be opened again (DiskWatch::wants_reopening).
  Upkeep(boost::asio::any_io_executor executor, std::filesystem::path folder, const Config& config,
         storage::GuardedEngine& engine, storage::LogStore& store, const Clock& clock,
         Trimmer::Whole whole, std::function<void()> reopen);

  // The first look, before anything is taken.
  void look() { disk_.look(); }
  // Both until stop().
  [[nodiscard]] storage::Awaitable<void> watch_disk();
  [[nodiscard]] storage::Awaitable<void> trim_logs();
  void stop();

  void fill(wire::DiskUse& use) const;

 private:
  storage::Awaitable<void> pause(boost::asio::steady_timer& timer, std::chrono::milliseconds time);
  void round_ended();

  std::filesystem::path folder_;
  DiskWatch disk_;
  Trimmer trimmer_;
  std::function<void()> reopen_;
  boost::asio::steady_timer disk_ticks_;
  boost::asio::steady_timer trim_ticks_;
  std::uint64_t store_bytes_ = 0;  // when the logs were last counted
  std::uint64_t told_trimmed_ = 0;
  bool stopping_ = false;
};

// The retention that a configuration asks for.
[[nodiscard]] Retention retention_of(const Config& config);

}  // namespace xom::server
