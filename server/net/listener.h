// Accepts connections: pages over HTTP, WebSockets of clients (/ws) and of child nodes (/link).
// Plain or TLS 1.3.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "federation/message_channel.h"
#include "server/net/static_files.h"
#include "server/sessions/client_line.h"

namespace xom::server {

class TlsFiles;

struct ListenerOptions {
  std::string address;
  std::uint16_t port = 0;
  std::size_t max_connections = 0;
  std::size_t max_per_address = 0;
};

// Takes a client's WebSocket over. A stop waits for the line to be destroyed.
using ClientHandler = std::function<void(ClientLinePtr)>;
// Runs the WebSocket of a child node to its end.
using LinkHandler = std::function<federation::Awaitable<void>(federation::ChannelPtr)>;

class Listener {
 public:
  // Takes the port. kIo, in one line with the remedy: in use, not allowed, no such address. `tls`
  // may be null; all references outlive the listener.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> bind(
      boost::asio::any_io_executor executor, ListenerOptions options, const StaticFiles& files,
      const TlsFiles* tls, ClientHandler client, LinkHandler link);
  ~Listener();

  // Until stop() and the end of every connection, those of the clients' lines included.
  [[nodiscard]] federation::Awaitable<void> run();
  // Takes no more connections, and ends those that are no session or link yet.
  void stop();

 private:
  class Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace xom::server
