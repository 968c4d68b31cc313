// One client's connection: a reader and a writer over a channel, with a bounded queue between
// services and writer.
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
  storage::Awaitable<void> write_all();
  storage::Awaitable<void> take(Bytes bytes);
  storage::Awaitable<void> pause(std::chrono::milliseconds time);
  storage::Awaitable<void> wait_for_room();
  void refuse(std::uint64_t id, const Error& error);
  void finish();  // no more reading; what is queued is written, then the channel is closed

  boost::asio::any_io_executor executor_;
  federation::ChannelPtr channel_;
  const Services& services_;
  Dispatch dispatch_;
  Peer peer_;
  SendQueue queue_;
  Penalty penalty_;
  Pace pace_;
  boost::asio::steady_timer wake_writer_;
  boost::asio::steady_timer wake_reader_;
  bool finishing_ = false;
};

}  // namespace xom::server
