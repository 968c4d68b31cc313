#include "tests/server/memory_line.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/support/web_socket_frames.h"

namespace xom::test {

namespace asio = boost::asio;
using server::ClientLine;

// Shared by the node's end and the client's.
struct MemoryLine::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor executor, std::size_t bytes, std::size_t messages)
      : executor(std::move(executor)), taken(this->executor), most_bytes(bytes), room(messages) {}

  void close() {
    closed = true;
    taken.cancel();
    deliver();
  }

  // To who receives, if there is something.
  void deliver() {
    if (!receiving || (to_node.empty() && !closed)) return;
    asio::post(executor, [self = shared_from_this()] {
      if (!self->receiving) return;
      ClientLine::Received done = std::exchange(self->receiving, nullptr);
      if (self->to_node.empty()) return done(fail(ErrorCode::kUnavailable, "closed"));
      Bytes message = std::move(self->to_node.front());
      self->to_node.pop_front();
      if (message.size() > self->most_bytes) return done(fail(ErrorCode::kTooLarge, "too large"));
      done(std::move(message));
    });
  }

  // What is kept moves on as far as there is room.
  void move() {
    while (!kept.empty() && to_client.size() < room) {
      to_client.push_back(std::move(kept.front()));
      kept.pop_front();
    }
  }

  asio::any_io_executor executor;
  std::deque<Bytes> to_node;
  std::deque<Bytes> to_client;
  std::deque<Bytes> kept;
  ClientLine::Received receiving;
  asio::steady_timer taken;
  std::size_t most_bytes;
  std::size_t room;
  bool closed = false;
};

class MemoryLine::NodeEnd final : public ClientLine {
 public:
  explicit NodeEnd(std::shared_ptr<State> state) : state_(std::move(state)) {}
  ~NodeEnd() override { state_->close(); }

  void receive(Received done) override {
    state_->receiving = std::move(done);
    state_->deliver();
  }

  bool send(std::span<const ByteView> frames) override {
    if (state_->closed || !state_->kept.empty()) return false;
    for (const ByteView frame : frames) state_->kept.push_back(message_in_frame(frame));
    state_->move();
    return true;
  }
  bool flushed() const override { return state_->kept.empty(); }

  storage::Awaitable<Result<void>> flush_some() override {
    const std::size_t before = state_->kept.size();
    while (!state_->closed && before > 0 && state_->kept.size() == before) {
      boost::system::error_code ignored;
      state_->taken.expires_at(asio::steady_timer::time_point::max());
      co_await state_->taken.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      state_->move();
    }
    if (state_->closed) co_return fail(ErrorCode::kUnavailable, "closed");
    co_return Result<void>();
  }

  void close() noexcept override { state_->close(); }

 private:
  std::shared_ptr<State> state_;
};

MemoryLine::MemoryLine(asio::any_io_executor executor, std::size_t most_bytes, std::size_t room)
    : state_(std::make_shared<State>(executor, most_bytes, room)) {}

server::ClientLinePtr MemoryLine::node_end() { return std::make_unique<NodeEnd>(state_); }

void MemoryLine::send(Bytes message) {
  state_->to_node.push_back(std::move(message));
  state_->deliver();
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
