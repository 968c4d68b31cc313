// The floor: what the kernel takes to bring one message to many sockets. A bare server over epoll
// with neither storage nor protocol: whoever connects is answered as a WebSocket and names a group
// with four bytes; each message (two bytes of length, then the payload) is framed once and written
// to every socket of the group, one system call each.
#pragma once

#include <cstdint>

namespace xom::load {

// With the length: to the sockets of all groups.
inline constexpr std::uint16_t kToEverybody = 0x8000;

// Never returns by itself. Throws std::runtime_error.
void serve_floor(std::uint16_t port);

}  // namespace xom::load
