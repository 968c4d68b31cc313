// One client's connection: a reader over a channel, a bounded queue between services and channel,
// and a writer while something waits in it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "federation/message_channel.h"
#include "protocol/crypto/crypto.h"
#include "server/sessions/budget.h"
#include "server/sessions/dispatch.h"
#include "server/sessions/send_queue.h"

namespace xom::server {

class Session final : public Subscriber {
 public:
  Session(boost::asio::any_io_executor executor, federation::ChannelPtr channel,
          const Services& services, crypto::Random& random);
  ~Session() override;

  // Challenge first; then request, answer, request, … until the client leaves, misbehaves, or
  // stop().
  [[nodiscard]] storage::Awaitable<void> run();

  // Says Goodbye and ends when that is written.
  void stop();

  void push(const LogId& log, const SharedFrame& frame) override;
  [[nodiscard]] const DeviceKey* device() const override;

 private:
  storage::Awaitable<void> read_all();
  // What is queued or kept by the channel; ends the channel if nothing more is to come.
  storage::Awaitable<void> write_waiting();
  void write_together();
  storage::Awaitable<void> take(Bytes bytes);
  storage::Awaitable<void> pause(std::chrono::milliseconds time);
  storage::Awaitable<void> wait_for_room();
  // Now, if the writer has nothing before it and the client reads; else through the queue. False:
  // it must be queued.
  bool send_now(const SharedFrame& frame);
  void answer(SharedFrame frame);
  void refuse(std::uint64_t id, const Error& error);
  void start_writer();  // if it is not there
  void end();           // closes the channel
  void finish();        // no more reading; what is queued is written, then the channel is closed

  boost::asio::any_io_executor executor_;
  federation::ChannelPtr channel_;
  const Services& services_;
  Dispatch dispatch_;
  Peer peer_;
  SendQueue queue_;
  Penalty penalty_;
  Pace pace_;
  boost::asio::steady_timer wake_;  // the reader waits for room, time, or the writer
  bool writing_ = false;            // a writer is at work: only while something waits
  int writers_ = 0;                 // coroutines that have not ended quite
  bool finishing_ = false;
  bool ended_ = false;  // the channel is closed
};

}  // namespace xom::server
