// A client of a node for tests: blocking, one per thread.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "client.pb.h"
#include "protocol/base/bytes.h"

namespace xom::test {

class WsClient {
 public:
  // Connects to ws://127.0.0.1:port/ws and reads the node's Challenge.
  [[nodiscard]] static Result<std::unique_ptr<WsClient>> connect(std::uint16_t port);
  ~WsClient();

  [[nodiscard]] const wire::Challenge& challenge() const { return challenge_; }

  // Sends with a fresh id and waits for the answer; pushes that come first are kept. A frame with
  // an Error is an Error here. kIo: connection lost, or nothing within the timeout.
  [[nodiscard]] Result<wire::ServerFrame> call(
      wire::ClientFrame frame, std::chrono::milliseconds timeout = std::chrono::seconds(30));
  // Sends without waiting; answers the id that was used.
  [[nodiscard]] Result<std::uint64_t> send(wire::ClientFrame frame);
  [[nodiscard]] Result<void> send_raw(Bytes message);
  // The next push, or (after send()) answer.
  [[nodiscard]] Result<wire::ServerFrame> receive(
      std::chrono::milliseconds timeout = std::chrono::seconds(30));
  void close();

 private:
  WsClient();
  [[nodiscard]] Result<wire::ServerFrame> read(std::chrono::milliseconds timeout);

  struct Impl;
  std::unique_ptr<Impl> impl_;
  wire::Challenge challenge_;
  std::deque<wire::ServerFrame> pushes_;
  std::uint64_t last_id_ = 0;
};

}  // namespace xom::test
