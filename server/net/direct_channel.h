// A client's WebSocket without TLS, to which shared frames go without a copy, as long as the client
// reads. Includes Beast: only for the listener.
#pragma once

#include <boost/beast/websocket/stream.hpp>

#include "federation/websocket_channel.h"
#include "server/net/direct_stream.h"

namespace xom::server {

class DirectChannel final
    : public federation::WebSocketChannel<boost::beast::websocket::stream<DirectStream>> {
 public:
  using WebSocketChannel::WebSocketChannel;

  [[nodiscard]] bool takes_frames() const override { return true; }
  [[nodiscard]] bool send_framed(std::span<const ByteView> frames) override {
    return !is_closed() && stream().next_layer().send(frames);
  }
  [[nodiscard]] bool flushed() const override { return !stream().next_layer().waiting(); }

  federation::Awaitable<Result<void>> flush() override {
    DirectStream& line = stream().next_layer();
    while (!is_closed() && line.waiting()) {
      boost::system::error_code ec;
      co_await line.socket().async_wait(
          DirectStream::Socket::wait_write,
          boost::asio::redirect_error(boost::asio::use_awaitable, ec));
      if (ec) co_return fail(ErrorCode::kUnavailable, "connection closed");
      line.send_kept();
    }
    if (is_closed()) co_return fail(ErrorCode::kUnavailable, "connection closed");
    co_return Result<void>{};
  }
};

}  // namespace xom::server
