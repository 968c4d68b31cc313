#include "tests/federation/queue_channel.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

namespace xom::test {
namespace {

namespace asio = boost::asio;
using federation::Awaitable;

struct Pipe {
  Pipe(asio::any_io_executor executor, Meddle with) : bell(executor), meddle(std::move(with)) {}
  std::deque<Bytes> messages;
  asio::steady_timer bell;
  Meddle meddle;
  std::size_t written = 0;
  bool closed = false;

  void close() {
    closed = true;
    bell.cancel();
  }
};

class QueueChannel final : public federation::MessageChannel {
 public:
  QueueChannel(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out)
      : in_(std::move(in)), out_(std::move(out)) {}
  ~QueueChannel() override { close(); }

  Awaitable<Result<Bytes>> read() override {
    auto in = in_;
    while (in->messages.empty()) {
      if (in->closed) co_return fail(ErrorCode::kUnavailable, "closed");
      boost::system::error_code ignored;
      in->bell.expires_after(std::chrono::hours(1));
      co_await in->bell.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    Bytes message = std::move(in->messages.front());
    in->messages.pop_front();
    co_return message;
  }

  Awaitable<Result<void>> write(Bytes message) override {
    if (out_->closed) co_return fail(ErrorCode::kUnavailable, "closed");
    const std::size_t number = out_->written++;
    Arriving arriving = std::vector<Bytes>{message};
    if (out_->meddle) arriving = out_->meddle(number, message);
    if (!arriving) {
      close();
      co_return fail(ErrorCode::kIo, "cut");
    }
    for (Bytes& one : *arriving) out_->messages.push_back(std::move(one));
    out_->bell.cancel();
    co_return Result<void>{};
  }

  void close() noexcept override {
    in_->close();
    out_->close();
  }

 private:
  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
};

}  // namespace

ChannelPair make_channels(asio::any_io_executor executor, Meddle from_first, Meddle from_second) {
  auto forth = std::make_shared<Pipe>(executor, std::move(from_first));
  auto back = std::make_shared<Pipe>(executor, std::move(from_second));
  return {std::make_unique<QueueChannel>(back, forth), std::make_unique<QueueChannel>(forth, back)};
}

}  // namespace xom::test
