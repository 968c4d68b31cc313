#include "tests/server/memory_line.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace xom::test {

namespace asio = boost::asio;
using federation::Awaitable;

struct MemoryLine::State {
  State(asio::any_io_executor executor, std::size_t bytes, std::size_t messages)
      : arrived(executor), taken(executor), most_bytes(bytes), room(messages) {}

  void close() {
    closed = true;
    arrived.cancel();
    taken.cancel();
  }

  std::deque<Bytes> to_node;
  std::deque<Bytes> to_client;
  asio::steady_timer arrived;
  asio::steady_timer taken;
  std::size_t most_bytes;
  std::size_t room;
  bool closed = false;
};

namespace {

Awaitable<void> wait(asio::steady_timer& timer) {
  boost::system::error_code ignored;
  timer.expires_at(asio::steady_timer::time_point::max());
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace

class MemoryLine::Channel final : public federation::MessageChannel {
 public:
  explicit Channel(std::shared_ptr<State> state) : state_(std::move(state)) {}
  ~Channel() override { state_->close(); }

  Awaitable<Result<Bytes>> read() override {
    while (state_->to_node.empty()) {
      if (state_->closed) co_return fail(ErrorCode::kUnavailable, "closed");
      co_await wait(state_->arrived);
    }
    Bytes message = std::move(state_->to_node.front());
    state_->to_node.pop_front();
    if (message.size() > state_->most_bytes) co_return fail(ErrorCode::kTooLarge, "too large");
    co_return message;
  }

  Awaitable<Result<void>> write(Bytes message) override {
    while (!state_->closed && state_->to_client.size() >= state_->room)
      co_await wait(state_->taken);
    if (state_->closed) co_return fail(ErrorCode::kUnavailable, "closed");
    state_->to_client.push_back(std::move(message));
    co_return Result<void>();
  }

  void close() noexcept override { state_->close(); }

 private:
  std::shared_ptr<State> state_;
};

MemoryLine::MemoryLine(asio::any_io_executor executor, std::size_t most_bytes, std::size_t room)
    : state_(std::make_shared<State>(executor, most_bytes, room)) {}

federation::ChannelPtr MemoryLine::channel() { return std::make_unique<Channel>(state_); }

void MemoryLine::send(Bytes message) {
  state_->to_node.push_back(std::move(message));
  state_->arrived.cancel();
}

std::optional<Bytes> MemoryLine::take() {
  if (state_->to_client.empty()) return std::nullopt;
  Bytes message = std::move(state_->to_client.front());
  state_->to_client.pop_front();
  state_->taken.cancel();
  return message;
}

void MemoryLine::hang_up() { state_->close(); }
bool MemoryLine::closed() const { return state_->closed; }
std::size_t MemoryLine::unread() const { return state_->to_node.size(); }

}  // namespace xom::test
