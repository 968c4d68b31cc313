// Lets one coroutine at a time through, in the order of their coming. One executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <memory>

namespace xom::server {

class Gate {
 public:
  // Held until it is destroyed.
  class Pass {
   public:
    explicit Pass(Gate& gate) : gate_(&gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    Gate* gate_;
  };

  explicit Gate(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  [[nodiscard]] boost::asio::awaitable<Pass> enter() {
    if (!busy_) {
      busy_ = true;
      co_return Pass(*this);
    }
    auto turn = std::make_shared<boost::asio::steady_timer>(
        executor_, boost::asio::steady_timer::time_point::max());
    waiting_.push_back(turn);
    boost::system::error_code ended;
    co_await turn->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
    co_return Pass(*this);  // whoever left handed it over, busy_ stayed true
  }

 private:
  void leave() {
    if (waiting_.empty()) {
      busy_ = false;
      return;
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next->cancel();
  }

  boost::asio::any_io_executor executor_;
  bool busy_ = false;
  std::deque<std::shared_ptr<boost::asio::steady_timer>> waiting_;
};

}  // namespace xom::server
