// The open files that a process may have: each connection is one.
#pragma once

#include <cstdint>

namespace xom::server {

// Files beside the connections: the store's tables and log (under 20 GB), pages, links, what stands
// open for a moment.
inline constexpr std::uint64_t kFilesBeside = 1000;

// How many connections fit under a limit of open files, of those that are wanted. Never 0.
[[nodiscard]] std::uint32_t connections_within(std::uint64_t files, std::uint32_t wanted);

// Raises this process's limit as far as it may for so many connections, and answers the limit.
std::uint64_t raise_file_limit(std::uint32_t connections);

}  // namespace xom::server
