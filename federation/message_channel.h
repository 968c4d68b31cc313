// A transport that carries whole binary messages: a WebSocket, or a pair of queues in tests.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <span>

#include "protocol/base/bytes.h"

namespace xom::federation {

template <class T>
using Awaitable = boost::asio::awaitable<T>;

// Four verbs; used by the node link, by the dialled client connections of the tools, and by the
// server for what arrives at /link. One coroutine may read while another writes, but at most one of
// each; flush() counts as writing. Lives on one executor; destroyed only when no call is under way.
class MessageChannel {
 public:
  virtual ~MessageChannel() = default;

  // The next message, whole. kUnavailable: the channel was closed, by close() or in good order by
  // the other end. kTooLarge: over the channel's limit, which ends the channel. kMalformed: not a
  // binary message. kIo: the connection broke.
  [[nodiscard]] virtual Awaitable<Result<Bytes>> read() = 0;

  // Completes when the transport has taken the message, so that a slow peer slows the writer down.
  // kUnavailable or kIo as above.
  [[nodiscard]] virtual Awaitable<Result<void>> write(Bytes message) = 0;

  // For what many channels are sent alike. `frames` (at most kMostFramed) are whole WebSocket
  // frames (RFC 6455, 5.2) that the caller made; what the transport does not take at once it keeps,
  // and sends before anything else. False: something is kept already, and nothing was taken. Only
  // where takes_frames().
  static constexpr std::size_t kMostFramed = 32;
  [[nodiscard]] virtual bool takes_frames() const { return false; }
  [[nodiscard]] virtual bool send_framed(std::span<const ByteView> /*frames*/) { return false; }
  [[nodiscard]] virtual bool flushed() const { return true; }
  // Completes when nothing is kept. kUnavailable.
  [[nodiscard]] virtual Awaitable<Result<void>> flush() { co_return Result<void>(); }

  // Ends the channel at once: calls under way and later ones answer kUnavailable. May be called at
  // any time and repeatedly, from the channel's executor.
  virtual void close() noexcept = 0;
};

using ChannelPtr = std::unique_ptr<MessageChannel>;

}  // namespace xom::federation
