// A WebSocket whose handshake is done, as a MessageChannel. Includes Beast: only for dial.cpp and
// the listener.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>

#include "federation/message_channel.h"

namespace xom::federation {

// What a WebSocket that ended has to say.
[[nodiscard]] inline Error websocket_error(const boost::system::error_code& ec) {
  namespace ws = boost::beast::websocket;
  if (ec == boost::asio::error::operation_aborted)
    return Error{ErrorCode::kUnavailable, "connection closed"};
  if (ec == ws::error::closed)
    return Error{ErrorCode::kUnavailable, "connection closed by the other end"};
  if (ec == ws::error::message_too_big || ec == ws::error::buffer_overflow)
    return Error{ErrorCode::kTooLarge, "message over the limit of the connection"};
  return Error{ErrorCode::kIo, "connection broken: " + ec.message()};
}

// `Stream` is boost::beast::websocket::stream<...> over a beast::tcp_stream, an SSL stream over
// one, or the server's DirectStream.
template <class Stream>
class WebSocketChannel final : public MessageChannel {
 public:
  // Messages over `most_bytes` end the channel with kTooLarge.
  WebSocketChannel(Stream stream, std::size_t most_bytes) : stream_(std::move(stream)) {
    stream_.binary(true);
    stream_.read_message_max(most_bytes);
  }

  Awaitable<Result<Bytes>> read() override {
    if (closed_) co_return fail(ErrorCode::kUnavailable, "connection closed");
    boost::beast::flat_buffer buffer;
    boost::system::error_code ec;
    co_await stream_.async_read(buffer,
                                boost::asio::redirect_error(boost::asio::use_awaitable, ec));
    if (ec) co_return std::unexpected(error_of(ec));
    if (!stream_.got_binary()) co_return fail(ErrorCode::kMalformed, "not a binary message");
    const auto* data = static_cast<const std::uint8_t*>(buffer.cdata().data());
    co_return Bytes(data, data + buffer.cdata().size());
  }

  Awaitable<Result<void>> write(Bytes message) override {
    if (closed_) co_return fail(ErrorCode::kUnavailable, "connection closed");
    boost::system::error_code ec;
    auto view = boost::asio::buffer(message.data(), message.size());
    co_await stream_.async_write(view, boost::asio::redirect_error(boost::asio::use_awaitable, ec));
    if (ec) co_return std::unexpected(error_of(ec));
    co_return Result<void>{};
  }

  void close() noexcept override {
    closed_ = true;
    boost::beast::get_lowest_layer(stream_).close();
  }

 private:
  Error error_of(const boost::system::error_code& ec) const {
    if (closed_) return Error{ErrorCode::kUnavailable, "connection closed"};
    return websocket_error(ec);
  }

  Stream stream_;
  bool closed_ = false;
};

}  // namespace xom::federation
