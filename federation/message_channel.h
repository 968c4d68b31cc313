// A transport that carries whole binary messages: a WebSocket, or a pair of queues in tests.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "protocol/base/bytes.h"

namespace xom::federation {

template <class T>
using Awaitable = boost::asio::awaitable<T>;

// Four verbs; used by the node link, by the dialled client connections of the tools, and by the
// server for what arrives at /link. One coroutine may read while another writes, but at most one of
// each. Lives on one executor; destroyed only when no call is under way.
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

  // Ends the channel at once: calls under way and later ones answer kUnavailable. May be called at
  // any time and repeatedly, from the channel's executor.
  virtual void close() noexcept = 0;
};

using ChannelPtr = std::unique_ptr<MessageChannel>;

}  // namespace xom::federation
