// A client's connection in memory: the node's end is a session's line, the client's end is in the
// test's hands.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>

#include "server/sessions/client_line.h"

namespace xom::test {

// One executor. The client takes what the node wrote when it likes; the node waits for it.
class MemoryLine {
 public:
  // A message over `most_bytes` is kTooLarge to the node, which may still answer; a WebSocket has
  // then closed itself with code 1009. `room` messages may lie on the way to the client.
  MemoryLine(boost::asio::any_io_executor executor, std::size_t most_bytes, std::size_t room);

  // The node's end; at most one.
  [[nodiscard]] server::ClientLinePtr node_end();

  void send(Bytes message);
  // The next message for the client, if there is one now.
  [[nodiscard]] std::optional<Bytes> take();
  void hang_up();
  [[nodiscard]] bool closed() const;
  [[nodiscard]] std::size_t unread() const;  // by the node

 private:
  struct State;
  class NodeEnd;
  std::shared_ptr<State> state_;
};

}  // namespace xom::test
