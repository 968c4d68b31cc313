// Ends a channel when something has taken too long.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "federation/message_channel.h"

namespace xom::federation {

// Closes `channel` unless it is destroyed or restarted within `time`. Same executor as the channel,
// which must outlive it.
class Deadline {
 public:
  Deadline(const boost::asio::any_io_executor& executor, std::chrono::milliseconds time,
           MessageChannel& channel)
      : timer_(executor), channel_(&channel) {
    restart(time);
  }
  ~Deadline() { *current_ = false; }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void restart(std::chrono::milliseconds time) {
    // A handler that is already queued cannot be cancelled any more, so it looks at its own flag.
    *current_ = false;
    current_ = std::make_shared<bool>(true);
    timer_.expires_after(time);
    timer_.async_wait([flag = current_, channel = channel_](const boost::system::error_code& ec) {
      if (!ec && *flag) channel->close();
    });
  }

 private:
  boost::asio::steady_timer timer_;
  MessageChannel* channel_;
  std::shared_ptr<bool> current_ = std::make_shared<bool>(true);
};

}  // namespace xom::federation
