#include "server/sessions/session.h"

#include <boost/asio/co_spawn.hpp>
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
      wake_(executor) {
  random.fill(peer_.challenge.bytes);
}

Session::~Session() { services_.hub.forget(*this); }

const DeviceKey* Session::device() const { return peer_.caller ? &peer_.caller->device : nullptr; }

Awaitable<void> Session::run() {
  answer(encode_frame(dispatch_.challenge(peer_)));
  co_await read_all();
  // The writer says what is left to say, and ends the channel.
  while (writers_ > 0) {
    wake_.expires_at(SteadyClock::time_point::max());
    boost::system::error_code ended;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
  services_.hub.forget(*this);
}

void Session::finish() {
  finishing_ = true;
  wake_.cancel();
  start_writer();
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
  if (finishing_ || send_now(frame)) return;
  queue_.push(log, frame);
  start_writer();
}

void Session::answer(SharedFrame frame) {
  if (send_now(frame)) return;
  queue_.answer(std::move(frame));
  start_writer();
}

bool Session::send_now(const SharedFrame& frame) {
  const ByteView framed = frame->framed();
  if (writing_ || !channel_->send_framed({&framed, 1})) return false;
  if (!channel_->flushed()) start_writer();
  return true;
}

void Session::start_writer() {
  if (writing_ || ended_) return;
  writing_ = true;
  ++writers_;
  asio::co_spawn(executor_, write_waiting(), [this](const std::exception_ptr& thrown) {
    if (thrown) end();
    --writers_;
    wake_.cancel();
  });
}

void Session::refuse(std::uint64_t id, const Error& error) {
  answer(encode_frame(error_frame(id, error)));
  if (penalty_.charge(error.code, SteadyClock::now())) {
    const Error last{ErrorCode::kRateLimited, "too many bad messages on this connection"};
    queue_.answer(encode_frame(error_frame(0, last)));
    finish();
  }
}

Awaitable<void> Session::pause(std::chrono::milliseconds time) {
  const auto until = SteadyClock::now() + time;
  while (!finishing_ && SteadyClock::now() < until) {  // the writer wakes it too
    wake_.expires_at(until);
    boost::system::error_code ended;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
}

Awaitable<void> Session::wait_for_room() {
  while (queue_.full() && !finishing_) {
    wake_.expires_at(SteadyClock::time_point::max());
    boost::system::error_code ended;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
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
  this->answer(encode_frame(*answer));
}

// Several frames in one write. The channel keeps nothing before it, so it takes them.
void Session::write_together() {
  SharedFrame frames[federation::MessageChannel::kMostFramed];
  ByteView framed[federation::MessageChannel::kMostFramed];
  std::size_t count = 0, bytes = 0;
  while (count < std::size(frames) && bytes < limits::kWriteBytes && !queue_.empty()) {
    frames[count] = queue_.pop();
    framed[count] = frames[count]->framed();
    bytes += framed[count++].size();
  }
  if (!queue_.full()) wake_.cancel();
  (void)channel_->send_framed({framed, count});
}

Awaitable<void> Session::write_waiting() {
  bool good = true;
  while (good && (!queue_.empty() || !channel_->flushed())) {
    if (channel_->takes_frames()) {
      auto flushed = co_await channel_->flush();
      good = flushed.has_value();
      if (good) write_together();
    } else {
      const SharedFrame frame = queue_.pop();
      if (!queue_.full()) wake_.cancel();
      const ByteView message = frame->message();
      Bytes copy(message.begin(), message.end());
      auto written = co_await channel_->write(std::move(copy));
      good = written.has_value();
    }
  }
  writing_ = false;
  if (!good || finishing_) end();
}

void Session::end() {
  finishing_ = true;
  ended_ = true;
  channel_->close();
}

}  // namespace xom::server
