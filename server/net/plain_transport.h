// Bytes to and from a TCP socket, without waiting.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <span>

#include "protocol/base/bytes.h"

namespace xom::server {

// What a call that does not wait has done. If it shall move more, it must be made again when
// `waits_for` has come.
struct Moved {
  std::size_t bytes = 0;
  boost::system::error_code error;
  boost::asio::socket_base::wait_type waits_for = boost::asio::socket_base::wait_read;
};

class PlainTransport {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  static constexpr std::size_t kMostParts = 32;

  explicit PlainTransport(Socket socket) : socket_(std::move(socket)) {}
  [[nodiscard]] Socket& socket() { return socket_; }

  // At most kMostParts, in one system call.
  [[nodiscard]] Moved write(std::span<const ByteView> parts) {
    ssize_t sent = 0;
    if (parts.size() == 1) {
      sent = ::send(socket_.native_handle(), parts[0].data(), parts[0].size(), kFlags);
    } else {
      iovec vectors[kMostParts];
      msghdr message{};
      message.msg_iov = vectors;
      for (const ByteView part : parts.first(std::min(parts.size(), kMostParts)))
        vectors[message.msg_iovlen++] = {const_cast<std::uint8_t*>(part.data()), part.size()};
      sent = ::sendmsg(socket_.native_handle(), &message, kFlags);
    }
    Moved moved;
    moved.waits_for = Socket::wait_write;
    if (sent >= 0)
      moved.bytes = static_cast<std::size_t>(sent);
    else if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
      moved.error.assign(errno, boost::system::system_category());
    return moved;
  }

  void end() {}

 private:
  static constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  Socket socket_;
};

}  // namespace xom::server
