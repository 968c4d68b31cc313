#include "server/file_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace xom::server {

std::uint32_t connections_within(std::uint64_t files, std::uint32_t wanted) {
  // With very few files half of them: a node for a try must not refuse everybody.
  const std::uint64_t beside = std::min(kFilesBeside, files / 2);
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(files - beside, 1, std::max<std::uint32_t>(wanted, 1)));
}

std::uint64_t raise_file_limit(std::uint32_t connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return UINT64_MAX;
  const rlim_t wanted = connections + kFilesBeside;
  if (limit.rlim_cur < wanted) {
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  }
  return limit.rlim_cur;
}

}  // namespace xom::server
