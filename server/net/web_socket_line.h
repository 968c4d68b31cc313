// A client's WebSocket, plain or over TLS. Includes Beast: only for the listener.
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "federation/websocket_channel.h"
#include "server/limits.h"
#include "server/net/direct_stream.h"
#include "server/sessions/client_line.h"

namespace xom::server {

template <class Transport>
class WebSocketLine final : public ClientLine {
 public:
  using Stream = boost::beast::websocket::stream<DirectStream<Transport>, false>;
  static_assert(kMostFrames <= Transport::kMostParts);

  // The handshake is done. Messages over `most_bytes` end the line with kTooLarge. `lease` is given
  // back when the line is destroyed.
  WebSocketLine(Stream stream, std::size_t most_bytes, std::shared_ptr<void> lease)
      : lease_(std::move(lease)), stream_(std::move(stream)), line_(stream_.next_layer()) {
    stream_.read_message_max(most_bytes);
  }

  // The first bytes of a message come into the line itself; only the rest of one has memory.
  void receive(Received done) override {
    if (closed_) {
      boost::asio::post(line_.get_executor(),
                        [this, done = std::move(done)]() mutable { done(error_of({})); });
      return;
    }
    stream_.async_read_some(
        boost::asio::buffer(first_),
        [this, done = std::move(done)](boost::system::error_code ec, std::size_t count) mutable {
          if (ec) return done(error_of(ec));
          if (stream_.is_message_done()) return done(message(count, {}));
          receive_rest(count, std::move(done));
        });
  }

  [[nodiscard]] bool send(std::span<const ByteView> frames) override {
    return !closed_ && line_.send(frames);
  }
  [[nodiscard]] bool flushed() const override { return !line_.waiting(); }

  storage::Awaitable<Result<void>> flush_some() override {
    if (!closed_ && line_.waiting()) {
      boost::system::error_code ec;
      co_await line_.socket().async_wait(
          line_.waits_for(), boost::asio::redirect_error(boost::asio::use_awaitable, ec));
      if (ec) co_return fail(ErrorCode::kUnavailable, "connection closed");
      if (!closed_) line_.send_kept();
    }
    if (closed_) co_return fail(ErrorCode::kUnavailable, "connection closed");
    co_return Result<void>{};
  }

  void close() noexcept override {
    closed_ = true;
    line_.close();
  }

 private:
  // Of a message that has begun. It has its time, so that nobody can let the memory for one lie.
  struct Rest {
    explicit Rest(const boost::asio::any_io_executor& executor) : deadline(executor) {}
    boost::beast::flat_buffer buffer;
    boost::asio::steady_timer deadline;
  };

  void receive_rest(std::size_t count, Received done) {
    auto rest = std::make_shared<Rest>(line_.get_executor());
    rest->deadline.expires_after(limits::kAnswer);
    rest->deadline.async_wait(
        [this, weak = std::weak_ptr(rest)](const boost::system::error_code& cancelled) {
          if (!cancelled && !weak.expired()) close();
        });
    auto& into = rest->buffer;
    stream_.async_read(into, [this, count, rest = std::move(rest), done = std::move(done)](
                                 boost::system::error_code ec, std::size_t) mutable {
      if (ec) return done(error_of(ec));
      const auto bytes = rest->buffer.cdata();
      done(message(count, {static_cast<const std::uint8_t*>(bytes.data()), bytes.size()}));
    });
  }

  Result<Bytes> message(std::size_t count, ByteView rest) const {
    if (!stream_.got_binary()) return fail(ErrorCode::kMalformed, "not a binary message");
    Bytes whole;
    whole.reserve(count + rest.size());
    whole.assign(first_, first_ + count);
    whole.insert(whole.end(), rest.begin(), rest.end());
    return whole;
  }

  Result<Bytes> error_of(const boost::system::error_code& ec) const {
    if (closed_) return fail(ErrorCode::kUnavailable, "connection closed");
    return std::unexpected(federation::websocket_error(ec));
  }

  std::shared_ptr<void> lease_;
  Stream stream_;
  DirectStream<Transport>& line_;
  bool closed_ = false;
  std::uint8_t first_[32];
};

}  // namespace xom::server
