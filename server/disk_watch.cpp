#include "server/disk_watch.h"

#include <spdlog/spdlog.h>

#include "server/limits.h"

namespace xom::server {

using storage::Health;
using storage::SpaceState;

namespace {
constexpr std::uint64_t kMiB = 1024 * 1024;
}  // namespace

void DiskWatch::look() {
  const auto free = read_();
  if (!free) {
    if (readable_) spdlog::error("{}", free.error().message);
    readable_ = false;
    return;
  }
  readable_ = true;
  free_ = *free;
  const SpaceState before = state_;
  state_ = storage::judge_space(before, free_, limits_);
  engine_.refuse(state_ == SpaceState::kFull);
  if (state_ != before) tell_space(before);
  look_at_health();
}

void DiskWatch::tell_space(SpaceState before) const {
  switch (state_) {
    case SpaceState::kFull:
      spdlog::error("the disk is full, nothing more is stored: free_mb={} needed_mb={}; make space",
                    free_ / kMiB, (limits_.full + limits_.full / 2) / kMiB);
      break;
    case SpaceState::kLow:
      if (before == SpaceState::kFull)
        spdlog::warn(
            "the disk has space again, all is stored as before; it is still low: "
            "free_mb={}",
            free_ / kMiB);
      else
        spdlog::warn("the disk will soon be full: free_mb={} full_at_mb={}; make space",
                     free_ / kMiB, limits_.full / kMiB);
      break;
    case SpaceState::kFine:
      spdlog::info("the disk has space again: free_mb={}", free_ / kMiB);
      break;
  }
}

void DiskWatch::look_at_health() {
  const Health now = engine_.health();
  if (now != health_) {
    health_ = now;
    if (now == Health::kNoSpace)
      spdlog::error("the store ran out of space; the node starts again when there is some");
    else
      spdlog::error("the store has failed; check the disk, then restart the node");
  }
  if (now == Health::kNoSpace && state_ != SpaceState::kFull)
    ++looks_with_space_;
  else
    looks_with_space_ = 0;
}

bool DiskWatch::wants_reopening() const { return looks_with_space_ >= limits::kDiskReopenLooks; }

}  // namespace xom::server
