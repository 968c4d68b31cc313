// A scope for coroutines: each belongs to it until it has ended.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

namespace xom::server {

class Tasks {
 public:
  explicit Tasks(boost::asio::any_io_executor executor) : executor_(executor), ended_(executor) {}

  void start(boost::asio::awaitable<void> task) {
    ++running_;
    boost::asio::co_spawn(executor_, std::move(task), [this](const std::exception_ptr& broken) {
      --running_;
      ended_.cancel();
      if (broken) std::rethrow_exception(broken);  // a bug: it ends io_context::run
    });
  }

  // Until none is left.
  [[nodiscard]] boost::asio::awaitable<void> wait() {
    while (running_ > 0) {
      ended_.expires_at(boost::asio::steady_timer::time_point::max());
      boost::system::error_code woken;
      co_await ended_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
  }

 private:
  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer ended_;
  std::size_t running_ = 0;
};

}  // namespace xom::server
