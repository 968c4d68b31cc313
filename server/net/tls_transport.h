// TLS straight on a socket: OpenSSL reads and writes it without waiting, and whoever must wait
// waits for the socket. Between two messages a connection holds no buffer (asio::ssl::stream keeps
// four per connection, 50 KiB in all).
#pragma once

#include <openssl/types.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "server/net/plain_transport.h"

namespace xom::server {

class TlsTransport {
 public:
  using Socket = PlainTransport::Socket;
  static constexpr std::size_t kMostParts = PlainTransport::kMostParts;

  // The server's end of a connection that has just been accepted.
  TlsTransport(Socket socket, boost::asio::ssl::context& context);
  [[nodiscard]] Socket& socket() { return socket_; }

  // None of these touches a socket that was closed: they fail with operation_aborted.

  // Again until it moves a byte, which stands for the end, or fails. Reading and writing do it by
  // themselves; this way it is known when it is done.
  [[nodiscard]] Moved handshake();
  // Zero bytes and eof: the other end has said that nothing more comes.
  [[nodiscard]] Moved read(std::span<std::uint8_t> into);
  // At most kMostParts, and about one record of them. What was not taken must come again, the same
  // bytes first.
  [[nodiscard]] Moved write(std::span<const ByteView> parts);

  // Says that nothing more comes, if the socket takes it.
  void end();

 private:
  [[nodiscard]] Moved outcome(int result) const;
  [[nodiscard]] static Moved closed();

  struct Free {
    void operator()(SSL* ssl) const;
  };
  Socket socket_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace xom::server
