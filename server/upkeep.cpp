#include "server/upkeep.h"

#include <spdlog/spdlog.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/limits.h"

namespace xom::server {

using storage::Awaitable;
using storage::SpaceState;

namespace {

constexpr std::uint64_t kMegabyte = 1024 * 1024;

storage::SpaceLimits space_limits(const Config& config) {
  const std::uint64_t reserve = config.disk_reserve_mb * kMegabyte;
  return {reserve * limits::kDiskLowTimes, reserve};
}

// Of the files in this folder.
std::uint64_t bytes_in(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code ended;
  std::filesystem::directory_iterator file(folder, ended);
  while (!ended && file != std::filesystem::directory_iterator()) {
    std::error_code gone;  // a compaction may have deleted it
    const auto size = file->file_size(gone);
    if (!gone) bytes += size;
    file.increment(ended);
  }
  return bytes;
}

wire::DiskState state_of(const DiskWatch& disk) {
  if (disk.health() != storage::Health::kGood) return wire::DISK_FAILED;
  switch (disk.state()) {
    case SpaceState::kFull:
      return wire::DISK_FULL;
    case SpaceState::kLow:
      return wire::DISK_LOW;
    default:
      return wire::DISK_FINE;
  }
}

}  // namespace

Retention retention_of(const Config& config) {
  using std::chrono::days;
  Retention keep;
  keep[static_cast<std::size_t>(LogClass::kGroup)] = {
      days(config.keep_group_days), config.keep_group_mb * kMegabyte, limits::kKeptAtLeast};
  keep[static_cast<std::size_t>(LogClass::kInbox)] = {
      days(config.keep_inbox_days), config.keep_inbox_mb * kMegabyte, {}};
  // Every verifier replays official logs and posts from their first entry: they are kept.
  keep[static_cast<std::size_t>(LogClass::kChannel)] = {};
  return keep;
}

Upkeep::Upkeep(boost::asio::any_io_executor executor, std::filesystem::path folder,
               const Config& config, storage::GuardedEngine& engine, storage::LogStore& store,
               const Clock& clock, Trimmer::Whole whole, std::function<void()> reopen)
    : folder_(std::move(folder)),
      disk_(engine, space_limits(config), [this] { return storage::free_space(folder_); }),
      trimmer_(store, clock, retention_of(config), std::move(whole)),
      reopen_(std::move(reopen)),
      disk_ticks_(executor),
      trim_ticks_(executor) {}

Awaitable<void> Upkeep::pause(boost::asio::steady_timer& timer, std::chrono::milliseconds time) {
  timer.expires_after(time);
  boost::system::error_code ended;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
}

Awaitable<void> Upkeep::watch_disk() {
  while (!stopping_) {
    co_await pause(disk_ticks_, limits::kDiskLook);
    if (stopping_) break;
    disk_.look();
    if (!disk_.wants_reopening()) continue;
    spdlog::warn("the disk has space again: starting again");
    reopen_();
    break;
  }
}

Awaitable<void> Upkeep::trim_logs() {
  std::chrono::milliseconds wait = limits::kTrimFirst;
  while (!stopping_) {
    co_await pause(trim_ticks_, wait);
    if (stopping_) break;
    const auto ended = co_await trimmer_.step();
    if (!ended) spdlog::warn("a log cannot be trimmed: {}", ended.error().message);
    if (ended && *ended) round_ended();
    wait = limits::kTrimRest;
    if (ended && !*ended) wait = limits::kTrimEvery;
  }
}

void Upkeep::round_ended() {
  store_bytes_ = bytes_in(folder_);
  const auto trimmed = trimmer_.trimmed();
  if (trimmed != told_trimmed_) spdlog::info("trimmed entries={}", trimmed - told_trimmed_);
  told_trimmed_ = trimmed;
}

void Upkeep::stop() {
  stopping_ = true;
  disk_ticks_.cancel();
  trim_ticks_.cancel();
}

void Upkeep::fill(wire::DiskUse& use) const {
  use.set_state(state_of(disk_));
  use.set_free(disk_.free());
  use.set_store(store_bytes_);
  use.set_entries(trimmer_.held().entries);
  use.set_payload(trimmer_.held().payload);
}

}  // namespace xom::server
