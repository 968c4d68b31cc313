#include "storage/disk_space.h"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

namespace xom::storage {

SpaceState judge_space(SpaceState before, std::uint64_t free, const SpaceLimits& limits) {
  const auto below = [&](std::uint64_t limit, bool already) {
    return free < (already ? limit + limit / 2 : limit);
  };
  if (below(limits.full, before == SpaceState::kFull)) return SpaceState::kFull;
  if (below(limits.low, before != SpaceState::kFine)) return SpaceState::kLow;
  return SpaceState::kFine;
}

Result<std::uint64_t> free_space(const std::filesystem::path& folder) {
  struct statvfs found{};
  if (::statvfs(folder.c_str(), &found) != 0) {
    return fail(ErrorCode::kIo, "the disk of " + folder.string() +
                                    " does not say how much space it has: " + std::strerror(errno));
  }
  return std::uint64_t{found.f_bavail} * found.f_frsize;
}

}  // namespace xom::storage
