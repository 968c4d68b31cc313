// Looks at the space on the disk and tells the node's store and its operator what follows from it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "storage/disk_space.h"
#include "storage/guarded_engine.h"

namespace xom::server {

// One executor. Costs one system call a look.
class DiskWatch {
 public:
  // `read` answers the bytes free. `engine` must outlive it.
  using Read = std::function<Result<std::uint64_t>()>;
  DiskWatch(storage::GuardedEngine& engine, storage::SpaceLimits limits, Read read)
      : engine_(engine), limits_(limits), read_(std::move(read)) {}

  // To be called every limits::kDiskLook. The log tells every change; while the disk is full the
  // engine takes nothing but what gives space back. If the space cannot be read, all stays as it
  // is.
  void look();

  // The store ran out of space in spite of the reserve, which ends it; by now there has been space
  // for limits::kDiskReopenLooks looks, so opening it again will bring everything back that was
  // acknowledged.
  [[nodiscard]] bool wants_reopening() const;

  [[nodiscard]] storage::SpaceState state() const { return state_; }
  [[nodiscard]] storage::Health health() const { return engine_.health(); }
  [[nodiscard]] std::uint64_t free() const { return free_; }

 private:
  void tell_space(storage::SpaceState before) const;
  void look_at_health();

  storage::GuardedEngine& engine_;
  storage::SpaceLimits limits_;
  Read read_;
  storage::SpaceState state_ = storage::SpaceState::kFine;
  storage::Health health_ = storage::Health::kGood;  // as told
  std::uint64_t free_ = 0;
  int looks_with_space_ = 0;  // since the store failed
  bool readable_ = true;
};

}  // namespace xom::server
