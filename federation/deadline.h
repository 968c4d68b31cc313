// Ends a channel, or what else can be closed, when something has taken too long.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace xom::federation {

// Calls close() unless it is destroyed or restarted within `time`. Same executor as what it closes,
// which must outlive it.
class Deadline {
 public:
  template <class Closable>
  Deadline(const boost::asio::any_io_executor& executor, std::chrono::milliseconds time,
           Closable& closable)
      : timer_(executor), close_([&closable] { closable.close(); }) {
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
    timer_.async_wait([flag = current_, close = close_](const boost::system::error_code& ec) {
      if (!ec && *flag) close();
    });
  }

 private:
  boost::asio::steady_timer timer_;
  std::function<void()> close_;
  std::shared_ptr<bool> current_ = std::make_shared<bool>(true);
};

}  // namespace xom::federation
