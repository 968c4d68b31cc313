#include "server/sessions/session.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/limits.h"
#include "server/sessions/frames.h"

namespace xom::server {

namespace asio = boost::asio;
using storage::Awaitable;
using SteadyClock = std::chrono::steady_clock;

Session::Session(asio::any_io_executor executor, federation::ChannelPtr channel,
                 const Services& services, crypto::Random& random)
    : executor_(executor),
      channel_(std::move(channel)),
      services_(services),
      dispatch_(services),
      queue_(limits::kQueueEntries, limits::kQueueBytes),
      wake_writer_(executor),
      wake_reader_(executor) {
  random.fill(peer_.challenge.bytes);
}

Session::~Session() { services_.hub.forget(*this); }

const DeviceKey* Session::device() const { return peer_.caller ? &peer_.caller->device : nullptr; }

Awaitable<void> Session::run() {
  using asio::experimental::awaitable_operators::operator&&;
  queue_.answer(encode_frame(dispatch_.challenge(peer_)));
  co_await (read_all() && write_all());
  services_.hub.forget(*this);
}

void Session::finish() {
  finishing_ = true;
  wake_writer_.cancel();
  wake_reader_.cancel();
}

void Session::stop() {
  if (finishing_) return;
  services_.hub.forget(*this);
  wire::ServerFrame frame;
  frame.mutable_goodbye()->set_after_ms(limits::kComeBackMs);
  queue_.answer(encode_frame(frame));
  finish();
}

void Session::push(const LogId& log, const SharedFrame& frame) {
  if (finishing_) return;
  queue_.push(log, frame);
  wake_writer_.cancel();
}

void Session::refuse(std::uint64_t id, const Error& error) {
  queue_.answer(encode_frame(error_frame(id, error)));
  if (penalty_.charge(error.code, SteadyClock::now())) {
    const Error last{ErrorCode::kRateLimited, "too many bad messages on this connection"};
    queue_.answer(encode_frame(error_frame(0, last)));
    finish();
  }
  wake_writer_.cancel();
}

Awaitable<void> Session::pause(std::chrono::milliseconds time) {
  const auto until = SteadyClock::now() + time;
  while (!finishing_ && SteadyClock::now() < until) {  // the writer wakes the reader too
    wake_reader_.expires_at(until);
    boost::system::error_code ended;
    co_await wake_reader_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
}

Awaitable<void> Session::wait_for_room() {
  while (queue_.full() && !finishing_) {
    wake_reader_.expires_at(SteadyClock::time_point::max());
    boost::system::error_code ended;
    co_await wake_reader_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
}

Awaitable<void> Session::read_all() {
  while (!finishing_) {
    auto bytes = co_await channel_->read();
    if (!bytes) {
      const ErrorCode code = bytes.error().code;
      if (code == ErrorCode::kTooLarge || code == ErrorCode::kMalformed) refuse(0, bytes.error());
      break;
    }
    const auto wait = pace_.take(SteadyClock::now());
    if (wait.count() > 0 && !finishing_) co_await pause(wait);
    if (finishing_) break;
    co_await take(std::move(*bytes));
    co_await wait_for_room();
  }
  finish();
}

Awaitable<void> Session::take(Bytes bytes) {
  std::uint64_t id = 0;
  auto frame = read_client_frame(bytes, id);
  bytes = Bytes();
  if (!frame) {
    refuse(id, frame.error());
    co_return;
  }
  auto answer = co_await dispatch_.handle(peer_, *this, std::move(*frame));
  if (!answer) {
    refuse(id, answer.error());
    co_return;
  }
  answer->set_id(id);
  queue_.answer(encode_frame(*answer));
  wake_writer_.cancel();
}

Awaitable<void> Session::write_all() {
  for (;;) {
    const SharedFrame frame = queue_.pop();
    if (frame == nullptr) {
      if (finishing_) break;
      wake_writer_.expires_at(SteadyClock::time_point::max());
      boost::system::error_code ended;
      co_await wake_writer_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
      continue;
    }
    if (!queue_.full()) wake_reader_.cancel();
    Bytes copy = *frame;
    auto written = co_await channel_->write(std::move(copy));
    if (!written) break;
  }
  finishing_ = true;
  channel_->close();
  wake_reader_.cancel();
}

}  // namespace xom::server
