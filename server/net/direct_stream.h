// A connection under Beast's HTTP and WebSocket to which whole frames can also be given directly:
// what the kernel does not take at once is kept and goes first, before whatever Beast has to say.
// So the frames of both never mix. Includes Beast: only for the listener.
#pragma once

#include <algorithm>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <span>
#include <string>

#include "server/net/plain_transport.h"

namespace xom::server {

// `Transport` is PlainTransport or TlsTransport.
template <class Transport>
class DirectStream {
 public:
  using Socket = typename Transport::Socket;
  using executor_type = Socket::executor_type;

  explicit DirectStream(Transport transport) : transport_(std::move(transport)) {}

  [[nodiscard]] executor_type get_executor() { return socket().get_executor(); }
  [[nodiscard]] Socket& socket() { return transport_.socket(); }
  [[nodiscard]] Transport& transport() { return transport_; }
  void close() noexcept {
    boost::system::error_code ignored;
    socket().close(ignored);
  }

  // Whether something is kept.
  [[nodiscard]] bool waiting() const { return sent_ < kept_.size(); }

  // At most Transport::kMostParts. False: something is kept, and nothing was taken. On a broken
  // connection all is taken and lost; who reads finds out.
  [[nodiscard]] bool send(std::span<const ByteView> frames) {
    if (waiting()) return false;
    std::size_t taken = write(frames);
    for (const ByteView frame : frames) {
      const std::size_t skip = std::min(taken, frame.size());
      taken -= skip;
      if (skip < frame.size()) keep(frame.subspan(skip));
    }
    return true;
  }

  // Sends of what is kept as much as the kernel takes.
  void send_kept() {
    if (!waiting()) return;
    const ByteView rest = view_of(kept_).subspan(sent_);
    sent_ += write({&rest, 1});
    if (waiting()) return;
    std::string().swap(kept_);  // an assignment would keep its memory
    sent_ = 0;
  }

  // What send_kept() needs before it can go on.
  [[nodiscard]] auto waits_for() const { return waits_for_; }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if constexpr (std::is_same_v<Transport, PlainTransport>) {
      return socket().async_read_some(buffers, std::forward<Token>(token));
    } else {
      const boost::asio::mutable_buffer first = first_of(buffers);
      return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
          Reading{*this, first}, token, socket());
    }
  }

  // Behind what is kept, at most kMostTaken at a time, so that a page on its way to a slow reader
  // is not copied whole. Completes when all that was taken has gone.
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    std::size_t size = 0;
    for (const auto buffer : boost::beast::buffers_range_ref(buffers)) {
      const std::size_t some = std::min(buffer.size(), kMostTaken - size);
      keep({static_cast<const std::uint8_t*>(buffer.data()), some});
      size += some;
    }
    return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
        Writing{*this, size}, token, socket());
  }

  friend void beast_close_socket(DirectStream& stream) { stream.close(); }
  friend void teardown(boost::beast::role_type role, DirectStream& stream,
                       boost::system::error_code& ec) {
    stream.transport_.end();
    boost::beast::websocket::teardown(role, stream.socket(), ec);
  }
  template <class Handler>
  friend void async_teardown(boost::beast::role_type role, DirectStream& stream,
                             Handler&& handler) {
    stream.transport_.end();
    boost::beast::websocket::async_teardown(role, stream.socket(), std::forward<Handler>(handler));
  }

 private:
  // More than any control frame or handshake of a WebSocket, so each of those is taken whole.
  static constexpr std::size_t kMostTaken = 16 * 1024;

  // Neither begins before the function that made it has returned.
  struct Reading {
    DirectStream& stream;
    boost::asio::mutable_buffer into;
    bool begun = false;

    template <class Self>
    void operator()(Self& self, boost::system::error_code ec = {}) {
      if (ec) return self.complete(ec, 0);
      if (!begun) {
        begun = true;
        boost::asio::post(stream.get_executor(), std::move(self));
        return;
      }
      if (into.size() == 0) return self.complete({}, 0);
      const Moved moved =
          stream.transport_.read({static_cast<std::uint8_t*>(into.data()), into.size()});
      if (moved.error || moved.bytes > 0) return self.complete(moved.error, moved.bytes);
      stream.socket().async_wait(moved.waits_for, std::move(self));
    }
  };
  struct Writing {
    DirectStream& stream;
    std::size_t size;
    bool begun = false;

    template <class Self>
    void operator()(Self& self, boost::system::error_code ec = {}) {
      if (ec) return self.complete(ec, 0);
      if (!begun) {
        begun = true;
        boost::asio::post(stream.get_executor(), std::move(self));
        return;
      }
      stream.send_kept();
      if (!stream.waiting()) return self.complete({}, size);
      stream.socket().async_wait(stream.waits_for_, std::move(self));
    }
  };

  template <class Buffers>
  static boost::asio::mutable_buffer first_of(const Buffers& buffers) {
    for (const auto buffer : boost::beast::buffers_range_ref(buffers))
      if (buffer.size() > 0) return boost::asio::mutable_buffer(buffer.data(), buffer.size());
    return {};
  }

  // How much the kernel took; of a broken connection, which is closed, everything.
  std::size_t write(std::span<const ByteView> parts) {
    const Moved moved = transport_.write(parts);
    waits_for_ = moved.waits_for;
    if (!moved.error) return moved.bytes;
    close();  // half a frame may have gone
    std::size_t all = 0;
    for (const ByteView part : parts) all += part.size();
    return all;
  }

  void keep(ByteView bytes) { kept_.append(text_of(bytes)); }

  Transport transport_;
  std::string kept_;
  std::size_t sent_ = 0;
  boost::asio::socket_base::wait_type waits_for_ = Socket::wait_write;
};

}  // namespace xom::server
