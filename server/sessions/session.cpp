#include "server/sessions/session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "server/limits.h"
#include "server/sessions/frames.h"

namespace xom::server {

namespace {

// What those ask for who come back; it is answered from what the store holds, without waiting.
bool takes_a_turn(const wire::ClientFrame& frame) {
  return frame.has_hello() || frame.has_open() || frame.has_fetch() || frame.has_list_logs() ||
         frame.has_get_status();
}

}  // namespace

namespace asio = boost::asio;
using storage::Awaitable;
using SteadyClock = std::chrono::steady_clock;

Session::Session(asio::any_io_executor executor, ClientLinePtr line, const Services& services,
                 crypto::Random& random, SessionList& list)
    : line_(std::move(line)),
      executor_(std::move(executor)),
      list_(list),
      place_(list.sessions_.size()),
      services_(services),
      dispatch_(services),
      queue_(limits::kQueueEntries, limits::kQueueBytes) {
  random.fill(peer_.challenge.bytes);
  list_.sessions_.push_back(this);
}

Session::~Session() {
  services_.hub.forget(*this);
  list_.sessions_.back()->place_ = place_;
  list_.sessions_[place_] = list_.sessions_.back();
  list_.sessions_.pop_back();
}

const DeviceKey* Session::device() const { return peer_.caller ? &peer_.caller->device : nullptr; }

void Session::start() {
  answer(encode_frame(dispatch_.challenge(peer_)));
  receive();
}

void Session::receive() {
  line_->receive(
      [self = shared_from_this()](Result<Bytes> bytes) { self->received(std::move(bytes)); });
}

void Session::received(Result<Bytes> bytes) {
  if (finishing_) return;
  if (bytes) {
    spawn(serve(shared_from_this(), std::move(*bytes)));
    return;
  }
  const ErrorCode code = bytes.error().code;
  if (code == ErrorCode::kTooLarge || code == ErrorCode::kMalformed) refuse(0, bytes.error());
  finish();
}

Awaitable<void> Session::serve([[maybe_unused]] Self self, Bytes bytes) {
  const auto wait = pace_.take(SteadyClock::now());
  if (wait.count() > 0) co_await pause(wait);
  if (finishing_) co_return;
  std::uint64_t id = 0;
  auto frame = read_client_frame(bytes, id);
  bytes = Bytes();
  if (!frame) {
    refuse(id, frame.error());
  } else if (frame->has_append()) {
    co_await wait_until(&Session::may_append);
    if (finishing_) co_return;
    // The next may come while this one waits for its sync.
    receive();
    ++appending_;
    co_await handle(id, std::move(*frame));
    --appending_;
    wake();
    co_return;
  } else {
    // All others see what went before them.
    co_await wait_until(&Session::none_appending);
    if (finishing_) co_return;
    Turns::Turn turn;
    if (takes_a_turn(*frame)) {
      auto taken = co_await services_.turns.take();
      turn = std::move(taken);
    }
    if (finishing_) co_return;
    co_await handle(id, std::move(*frame));
  }
  co_await wait_until(&Session::has_room);
  if (!finishing_) receive();
}

void Session::spawn(Awaitable<void> work) {
  asio::co_spawn(executor_, std::move(work),
                 [weak = weak_from_this()](const std::exception_ptr& thrown) {
                   const Self self = weak.lock();
                   if (thrown && self) self->end();
                 });
}

void Session::finish() {
  if (!finishing_) services_.hub.forget(*this);
  finishing_ = true;
  wake();
  start_writer();
}

void Session::stop() {
  if (finishing_) return;
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
  if (writing_ || !line_->send({&framed, 1})) return false;
  if (!line_->flushed()) start_writer();
  return true;
}

void Session::start_writer() {
  if (writing_ || ended_) return;
  writing_ = true;
  spawn(write_waiting(shared_from_this()));
}

void Session::refuse(std::uint64_t id, const Error& error) {
  answer(encode_frame(error_frame(id, error)));
  if (penalty_.charge(error.code, SteadyClock::now())) {
    const Error last{ErrorCode::kRateLimited, "too many bad messages on this connection"};
    queue_.answer(encode_frame(error_frame(0, last)));
    finish();
  }
}

void Session::wake() {
  if (waiting_ != nullptr) waiting_->cancel();
}

Awaitable<void> Session::pause(std::chrono::milliseconds time) {
  const auto until = SteadyClock::now() + time;
  asio::steady_timer timer(executor_);
  waiting_ = &timer;
  while (!finishing_ && SteadyClock::now() < until) {  // the writer wakes it too
    timer.expires_at(until);
    boost::system::error_code ended;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
  waiting_ = nullptr;
}

Awaitable<void> Session::wait_until(bool (Session::*holds)() const) {
  if ((this->*holds)() || finishing_) co_return;
  asio::steady_timer timer(executor_);
  waiting_ = &timer;
  while (!(this->*holds)() && !finishing_) {
    timer.expires_at(SteadyClock::time_point::max());
    boost::system::error_code ended;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }
  waiting_ = nullptr;
}

Awaitable<void> Session::handle(std::uint64_t id, wire::ClientFrame frame) {
  auto answer = co_await dispatch_.handle(peer_, *this, std::move(frame));
  if (!answer) {
    refuse(id, answer.error());
    co_return;
  }
  answer->set_id(id);
  this->answer(encode_frame(*answer));
}

// Several frames in one write. The line keeps nothing before it, so it takes them.
void Session::write_together() {
  SharedFrame frames[ClientLine::kMostFrames];
  ByteView framed[ClientLine::kMostFrames];
  std::size_t count = 0, bytes = 0;
  while (count < std::size(frames) && bytes < limits::kWriteBytes && !queue_.empty()) {
    frames[count] = queue_.pop();
    framed[count] = frames[count]->framed();
    bytes += framed[count++].size();
  }
  if (!queue_.full()) wake();
  (void)line_->send({framed, count});
}

Awaitable<void> Session::write_waiting([[maybe_unused]] Self self) {
  // A client that takes nothing for so long is gone, or wants to hold what others need.
  asio::steady_timer stalled(executor_);
  bool good = true;
  while (good && (!queue_.empty() || !line_->flushed())) {
    if (line_->flushed()) {
      write_together();
      continue;
    }
    stalled.expires_after(limits::kStalled);
    stalled.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      if (const Self stuck = weak.lock()) stuck->end();
    });
    auto taken = co_await line_->flush_some();
    good = taken.has_value();
  }
  writing_ = false;
  if (!good || finishing_) end();
}

void Session::end() {
  finishing_ = true;
  ended_ = true;
  wake();
  line_->close();
}

}  // namespace xom::server
