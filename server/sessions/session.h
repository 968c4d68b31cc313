// One client: requests in, answers and pushes out through a bounded queue. While nothing happens it
// is this object and a wait of its line; a request is a coroutine until it is answered, and a
// writer is one while something waits.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "protocol/crypto/crypto.h"
#include "server/sessions/budget.h"
#include "server/sessions/client_line.h"
#include "server/sessions/dispatch.h"
#include "server/sessions/send_queue.h"
#include "server/sessions/session_list.h"

namespace xom::server {

class Session final : public Subscriber, public std::enable_shared_from_this<Session> {
 public:
  // `services` and `list` outlive the session.
  Session(boost::asio::any_io_executor executor, ClientLinePtr line, const Services& services,
          crypto::Random& random, SessionList& list);
  ~Session() override;

  // Challenge first; then request, answer, request, … until the client leaves, misbehaves, or
  // stop(). Only appends may be several at once; what comes after them waits for them. The session
  // keeps itself until then.
  void start();

  // Says Goodbye and ends when that is written.
  void stop();

  void push(const LogId& log, const SharedFrame& frame) override;
  [[nodiscard]] const DeviceKey* device() const override;

 private:
  using Self = std::shared_ptr<Session>;

  void spawn(storage::Awaitable<void> work);  // what it throws ends the session
  void receive();
  void received(Result<Bytes> bytes);
  storage::Awaitable<void> serve(Self self, Bytes bytes);
  storage::Awaitable<void> handle(std::uint64_t id, wire::ClientFrame frame);
  storage::Awaitable<void> pause(std::chrono::milliseconds time);
  // Or until the session ends. Asks again at every wake().
  storage::Awaitable<void> wait_until(bool (Session::*holds)() const);
  [[nodiscard]] bool has_room() const { return !queue_.full(); }
  [[nodiscard]] bool none_appending() const { return appending_ == 0; }
  [[nodiscard]] bool may_append() const {
    return appending_ < limits::kAppendsAtOnce && has_room();
  }
  // What is queued or kept by the line; ends the line if nothing more is to come.
  storage::Awaitable<void> write_waiting(Self self);
  void write_together();
  // Now, if the writer has nothing before it and the client reads; else through the queue. False:
  // it must be queued.
  bool send_now(const SharedFrame& frame);
  void answer(SharedFrame frame);
  void refuse(std::uint64_t id, const Error& error);
  void start_writer();  // if it is not there
  void wake();          // the request that waits
  void end();           // closes the line
  void finish();        // no more reading; what is queued is written, then the line is closed

  ClientLinePtr line_;          // first, with the flags: what a push looks at
  bool writing_ = false;        // a writer is at work: only while something waits
  bool finishing_ = false;      // no more reading, no more pushes
  bool ended_ = false;          // the line is closed
  std::uint8_t appending_ = 0;  // appends that wait for their sync
  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer* waiting_ = nullptr;  // of the request that waits
  SessionList& list_;
  std::size_t place_;  // in list_
  const Services& services_;
  Dispatch dispatch_;
  Peer peer_;
  SendQueue queue_;
  Penalty penalty_;
  Pace pace_;
};

}  // namespace xom::server
