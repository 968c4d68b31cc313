#include "tests/support/ws_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "federation/dial.h"

namespace xom::test {

namespace asio = boost::asio;

struct WsClient::Impl {
  asio::io_context context;
  federation::ChannelPtr channel;

  // Runs one operation to its end; past the timeout the channel is closed, which ends it.
  template <class T>
  Result<T> run(asio::awaitable<Result<T>> operation, std::chrono::milliseconds timeout) {
    std::optional<Result<T>> result;
    asio::co_spawn(context, std::move(operation), [&](std::exception_ptr e, Result<T> r) {
      if (e) std::rethrow_exception(e);
      result = std::move(r);
    });
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    context.restart();
    while (!result && std::chrono::steady_clock::now() < deadline) {
      if (context.run_one_until(deadline) == 0) break;
    }
    if (result) return std::move(*result);
    if (channel) channel->close();
    context.restart();
    while (!result && context.run_one_for(std::chrono::seconds(5)) != 0) {
    }
    return fail(ErrorCode::kIo, "nothing within the time allowed");
  }
};

WsClient::WsClient() : impl_(std::make_unique<Impl>()) {}
WsClient::~WsClient() { close(); }

Result<std::unique_ptr<WsClient>> WsClient::connect(std::uint16_t port) {
  std::unique_ptr<WsClient> client(new WsClient());
  federation::DialOptions options;
  const std::string url = "ws://127.0.0.1:" + std::to_string(port) + "/ws";
  auto channel = client->impl_->run(federation::dial(url, options), std::chrono::seconds(20));
  if (!channel) return std::unexpected(channel.error());
  client->impl_->channel = std::move(*channel);
  auto first = client->read(std::chrono::seconds(20));
  if (!first) return std::unexpected(first.error());
  if (!first->has_challenge()) return fail(ErrorCode::kMalformed, "no challenge came first");
  client->challenge_ = first->challenge();
  return client;
}

Result<wire::ServerFrame> WsClient::read(std::chrono::milliseconds timeout) {
  auto bytes = impl_->run(impl_->channel->read(), timeout);
  if (!bytes) return std::unexpected(bytes.error());
  wire::ServerFrame frame;
  if (!frame.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) {
    return fail(ErrorCode::kMalformed, "the node sent something else than a ServerFrame");
  }
  return frame;
}

Result<void> WsClient::send_raw(Bytes message) {
  return impl_->run(impl_->channel->write(std::move(message)), std::chrono::seconds(30));
}

Result<std::uint64_t> WsClient::send(wire::ClientFrame frame) {
  frame.set_id(++last_id_);
  Bytes bytes(frame.ByteSizeLong());
  frame.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  if (auto sent = send_raw(std::move(bytes)); !sent) return std::unexpected(sent.error());
  return last_id_;
}

Result<wire::ServerFrame> WsClient::call(wire::ClientFrame frame,
                                         std::chrono::milliseconds timeout) {
  const auto id = send(std::move(frame));
  if (!id) return std::unexpected(id.error());
  for (;;) {
    auto answer = read(timeout);
    if (!answer) return answer;
    if (answer->id() != *id) {
      pushes_.push_back(std::move(*answer));
      continue;
    }
    if (answer->has_error()) {
      return fail(static_cast<ErrorCode>(answer->error().code()), answer->error().message(),
                  answer->error().detail());
    }
    return answer;
  }
}

Result<wire::ServerFrame> WsClient::receive(std::chrono::milliseconds timeout) {
  if (pushes_.empty()) return read(timeout);
  wire::ServerFrame frame = std::move(pushes_.front());
  pushes_.pop_front();
  return frame;
}

void WsClient::close() {
  if (!impl_ || !impl_->channel) return;
  impl_->channel->close();
  impl_->context.restart();
  impl_->context.poll();
}

}  // namespace xom::test
