// A client's connection, as a session sees it: whole messages in, whole frames out.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <span>

#include "protocol/base/result.h"
#include "storage/engine.h"

namespace xom::server {

// Made for tens of thousands that mostly wait: a wait for a message is a function that is kept, not
// a coroutine, and holds next to no memory. Lives on one executor; destroyed only when no call is
// under way.
class ClientLine {
 public:
  virtual ~ClientLine() = default;

  // Calls `done` once, with the next message, whole; never before receive() has returned, and one
  // call at a time. kUnavailable: the line was closed, by close() or in good order by the other
  // end. kTooLarge: over the line's limit, which ends the line. kMalformed: not a binary message.
  // kIo: it broke.
  using Received = std::move_only_function<void(Result<Bytes>)>;
  virtual void receive(Received done) = 0;

  // `frames` (at most kMostFrames) are whole WebSocket frames (RFC 6455, 5.2); what the transport
  // does not take at once is kept, and goes before anything else. False: something is kept already,
  // or the line is closed, and nothing was taken. A line that breaks takes all; receive() tells.
  static constexpr std::size_t kMostFrames = 32;
  [[nodiscard]] virtual bool send(std::span<const ByteView> frames) = 0;
  [[nodiscard]] virtual bool flushed() const = 0;  // nothing is kept
  // Completes when some more was taken of what is kept. kUnavailable.
  [[nodiscard]] virtual storage::Awaitable<Result<void>> flush_some() = 0;

  // Ends the line at once: calls under way and later ones answer kUnavailable. May be called at any
  // time and repeatedly, from the line's executor.
  virtual void close() noexcept = 0;
};

using ClientLinePtr = std::unique_ptr<ClientLine>;

}  // namespace xom::server
