// Requests that read a lot take turns, so that a thousand devices that come back at once do not
// keep those waiting who are there.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <utility>

#include "storage/completion.h"

namespace xom::server {

// One turn in each round of the executor: between two of them everybody else has what is ready. Who
// comes alone waits for nobody. One executor; outlives its turns.
class Turns {
 public:
  explicit Turns(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // Lasts as long as it lives.
  class Turn {
   public:
    Turn() = default;  // nobody's
    explicit Turn(Turns& turns) : turns_(&turns) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&& other) noexcept {
      std::swap(turns_, other.turns_);
      return *this;
    }
    ~Turn() {
      if (turns_ != nullptr) turns_->ended();
    }

   private:
    Turns* turns_ = nullptr;
  };

  // In the order of the calls. What waits is bounded by who calls: a session has one request.
  [[nodiscard]] storage::Awaitable<Turn> take() {
    if (taken_) {
      auto remember = [this](storage::Completion<bool> done) {
        waiting_.push_back(std::move(done));
      };
      auto waiting = storage::suspend_until<bool>(std::move(remember));
      co_await std::move(waiting);
    }
    taken_ = true;
    Turn turn(*this);
    co_return turn;
  }

 private:
  void ended() {
    if (waiting_.empty()) {
      boost::asio::post(executor_, [this] { pass_on(); });
    } else {
      pass_on();
    }
  }
  // A completion is called in the next round.
  void pass_on() {
    if (waiting_.empty()) {
      taken_ = false;
      return;
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next(true);
  }

  boost::asio::any_io_executor executor_;
  std::deque<storage::Completion<bool>> waiting_;
  bool taken_ = false;
};

}  // namespace xom::server
