// A TCP socket under Beast's WebSocket to which whole frames can also be given directly: what the
// kernel does not take at once is kept and goes first, before whatever Beast has to say. So the
// frames of both never mix. Includes Beast: only for the listener.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <cerrno>
#include <span>
#include <string>

#include "federation/message_channel.h"
#include "protocol/base/bytes.h"

namespace xom::server {

class DirectStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;
  static constexpr std::size_t kMostFrames = federation::MessageChannel::kMostFramed;

  explicit DirectStream(Socket socket) : socket_(std::move(socket)) {}

  [[nodiscard]] executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] Socket& socket() { return socket_; }
  void close() noexcept {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  // Whether something is kept.
  [[nodiscard]] bool waiting() const { return sent_ < kept_.size(); }

  // At most kMostFrames, in one system call. False: something is kept, and nothing was taken. On a
  // broken connection all is taken and lost; who reads finds out.
  [[nodiscard]] bool send(std::span<const ByteView> frames) {
    if (waiting()) return false;
    iovec parts[kMostFrames];
    const std::size_t count = std::min(frames.size(), kMostFrames);
    for (std::size_t i = 0; i < count; ++i)
      parts[i] = {const_cast<std::uint8_t*>(frames[i].data()), frames[i].size()};
    std::size_t taken = write(parts, count);
    for (const ByteView frame : frames) {
      const std::size_t skip = std::min(taken, frame.size());
      taken -= skip;
      keep(frame.subspan(skip));
    }
    return true;
  }

  // Sends of what is kept as much as the kernel takes.
  void send_kept() {
    if (!waiting()) return;
    iovec rest{kept_.data() + sent_, kept_.size() - sent_};
    sent_ += write(&rest, 1);
    if (waiting()) return;
    kept_ = std::string();
    sent_ = 0;
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }

  // Behind what is kept. Completes when all of it has gone.
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    std::size_t size = 0;
    for (const auto buffer : boost::beast::buffers_range_ref(buffers)) {
      keep({static_cast<const std::uint8_t*>(buffer.data()), buffer.size()});
      size += buffer.size();
    }
    return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
        Writing{*this, size}, token, socket_);
  }

  friend void beast_close_socket(DirectStream& stream) { stream.close(); }
  friend void teardown(boost::beast::role_type role, DirectStream& stream,
                       boost::system::error_code& ec) {
    boost::beast::websocket::teardown(role, stream.socket_, ec);
  }
  template <class Handler>
  friend void async_teardown(boost::beast::role_type role, DirectStream& stream,
                             Handler&& handler) {
    boost::beast::websocket::async_teardown(role, stream.socket_, std::forward<Handler>(handler));
  }

 private:
  struct Writing {
    DirectStream& stream;
    std::size_t size;
    bool begun = false;

    template <class Self>
    void operator()(Self& self, boost::system::error_code ec = {}) {
      if (ec) return self.complete(ec, 0);
      if (!begun) {  // never before the function that began it has returned
        begun = true;
        boost::asio::post(stream.get_executor(), std::move(self));
        return;
      }
      stream.send_kept();
      if (!stream.waiting()) return self.complete({}, size);
      stream.socket_.async_wait(Socket::wait_write, std::move(self));
    }
  };

  // How much the kernel took; of a broken connection everything.
  std::size_t write(const iovec* parts, std::size_t count) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) return 0;
    std::size_t all = 0;
    for (std::size_t i = 0; i < count; ++i) all += parts[i].iov_len;
    return all;
  }

  void keep(ByteView bytes) { kept_.append(text_of(bytes)); }

  Socket socket_;
  std::string kept_;
  std::size_t sent_ = 0;
};

}  // namespace xom::server
