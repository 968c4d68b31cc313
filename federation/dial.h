// Outgoing WebSocket connections: the uplink's to the parent, the tools' to a node.
#pragma once

#include <chrono>
#include <string>

#include "federation/message_channel.h"

namespace xom::federation {

struct DialOptions {
  // PEM file of the only certificate authorities to trust; empty: those of the system.
  std::string ca_file;
  // Connecting and TLS together; the WebSocket handshake after it has Beast's own 30 s.
  std::chrono::seconds timeout{15};
  // A message over this ends the channel. Above the largest page of entries (1 MiB) with its
  // headers.
  std::size_t most_bytes = 2u * 1024 * 1024;
};

// Connects to `url`: ws:// or wss:// (http:// and https:// mean the same), host, optional port,
// path. TLS is at least 1.2 and verifies the chain and the host name. Errors: kMalformed (not such
// a URL), kIo (unreachable, refused, certificate not accepted, no WebSocket there, timeout),
// kBadConfiguration (the CA file cannot be read).
[[nodiscard]] Awaitable<Result<ChannelPtr>> dial(std::string url, DialOptions options);

// `url` with another path, e.g. the link's: ("wss://q12.example:8443/", "/link"). kMalformed as
// above.
[[nodiscard]] Result<std::string> with_path(const std::string& url, const std::string& path);

}  // namespace xom::federation
