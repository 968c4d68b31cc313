#include "tools/xom/node_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "federation/deadline.h"
#include "federation/dial.h"
#include "federation/frames.h"

namespace xom::tools {
namespace {

using federation::Awaitable;
using federation::ChannelPtr;
constexpr std::chrono::seconds kAnswerTime{30};

// Runs one coroutine to its end on an io_context that nothing else runs on.
template <class T>
T run(boost::asio::io_context& io, Awaitable<T> task) {
  std::optional<T> result;
  boost::asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& broken, T value) {
    if (!broken) result.emplace(std::move(value));
  });
  io.restart();
  while (!result && io.run_one() > 0) {
  }
  if (!result) return fail(ErrorCode::kInternal, "a connection ended without a result");
  return std::move(*result);
}

Awaitable<Result<wire::ServerFrame>> read_frame(federation::MessageChannel& channel) {
  auto bytes = co_await channel.read();
  if (!bytes) co_return std::unexpected(bytes.error());
  wire::ServerFrame frame;
  if (!frame.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())))
    co_return fail(ErrorCode::kMalformed, "what answers there is not a xom-node");
  co_return frame;
}

Awaitable<Result<wire::ServerFrame>> exchange(boost::asio::any_io_executor executor,
                                              federation::MessageChannel& channel, Bytes request,
                                              std::uint64_t id) {
  federation::Deadline deadline(executor, kAnswerTime, channel);
  if (!request.empty()) {
    auto sent = co_await channel.write(std::move(request));
    if (!sent) co_return std::unexpected(sent.error());
  }
  while (true) {
    auto frame = co_await read_frame(channel);
    if (!frame) co_return std::unexpected(frame.error());
    const bool refused_before_reading = frame->id() == 0 && frame->has_error();
    if (frame->id() == id || refused_before_reading) co_return frame;
  }
}

}  // namespace

struct NodeClient::Impl {
  boost::asio::io_context io{1};
  ChannelPtr channel;
};

NodeClient::NodeClient() : impl_(std::make_unique<Impl>()) {}
NodeClient::~NodeClient() = default;

Result<std::unique_ptr<NodeClient>> NodeClient::connect(const std::string& url,
                                                        const std::string& ca_file) {
  auto address = federation::with_path(url, "/ws");
  if (!address) return std::unexpected(address.error());
  std::unique_ptr<NodeClient> client(new NodeClient);
  federation::DialOptions options;
  options.ca_file = ca_file;
  auto channel = run(client->impl_->io, federation::dial(*address, options));
  if (!channel) return std::unexpected(channel.error());
  client->impl_->channel = std::move(*channel);
  auto greeting = run(client->impl_->io, exchange(client->impl_->io.get_executor(),
                                                  *client->impl_->channel, Bytes{}, 0));
  if (!greeting) return std::unexpected(greeting.error().during(url));
  if (greeting->has_error())
    return std::unexpected(federation::error_from(greeting->error()).during(url));
  if (!greeting->has_challenge())
    return fail(ErrorCode::kMalformed, url + ": what answers there is not a xom-node");
  const wire::Challenge& challenge = greeting->challenge();
  if (challenge.version() != 1)
    return fail(ErrorCode::kUnsupportedVersion,
                url + ": the node speaks version " + std::to_string(challenge.version()));
  auto id = NodeId::from(view_of(challenge.node_id()));
  auto key = NodeKey::from(view_of(challenge.node_key()));
  if (!id || !key)
    return fail(ErrorCode::kMalformed, url + ": what answers there is not a xom-node");
  client->node_id_ = *id;
  client->node_key_ = *key;
  client->node_time_ = TimeMs{challenge.time()};
  return client;
}

Result<wire::ServerFrame> NodeClient::call(wire::ClientFrame frame) {
  frame.set_id(++last_id_);
  Bytes bytes(frame.ByteSizeLong());
  frame.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  auto answer = run(
      impl_->io, exchange(impl_->io.get_executor(), *impl_->channel, std::move(bytes), last_id_));
  if (!answer) return answer;
  if (answer->has_error())
    return std::unexpected(federation::error_from(answer->error()).during("the node answers"));
  return answer;
}

Result<Seq> NodeClient::submit(ByteView statement) {
  wire::ClientFrame frame;
  frame.mutable_submit()->set_statement(std::string(text_of(statement)));
  auto answer = call(std::move(frame));
  if (!answer) return std::unexpected(answer.error());
  return Seq{answer->appended().seq()};
}

Result<std::vector<wire::Entry>> NodeClient::read_log(const LogId& log, Seq after) {
  std::vector<wire::Entry> entries;
  while (true) {
    wire::ClientFrame frame;
    frame.mutable_fetch()->set_log(std::string(text_of(log.view())));
    frame.mutable_fetch()->set_after(raw(after) + entries.size());
    frame.mutable_fetch()->set_limit(256);
    auto answer = call(std::move(frame));
    if (!answer) return std::unexpected(answer.error());
    if (!answer->has_entries())
      return fail(ErrorCode::kMalformed, "the node gave another answer than asked for");
    if (answer->entries().entries_size() == 0) return entries;
    for (const wire::Entry& entry : answer->entries().entries()) entries.push_back(entry);
  }
}

Result<wire::Pending> NodeClient::pending() {
  wire::ClientFrame frame;
  frame.mutable_list_pending();
  auto answer = call(std::move(frame));
  if (!answer) return std::unexpected(answer.error());
  return answer->pending();
}

Result<trust::Verifier> read_tree(NodeClient& client, const Hash& root) {
  trust::Verifier verifier(root);
  if (auto read = refresh_tree(client, verifier); !read) return std::unexpected(read.error());
  if (!verifier.is_node_key(client.node_id(), client.node_key()))
    return fail(ErrorCode::kUntrusted,
                "the node at this address is not certified in the tree of this root");
  return verifier;
}

Result<void> refresh_tree(NodeClient& client, trust::Verifier& verifier) {
  wire::ClientFrame frame;
  frame.mutable_list_logs();
  auto answer = client.call(std::move(frame));
  if (!answer) return std::unexpected(answer.error());
  std::vector<LogId> waiting;
  for (const wire::LogInfo& info : answer->logs().logs()) {
    auto log = LogId::from(view_of(info.log()));
    if (log && info.kind() == wire::OFFICIAL) waiting.push_back(*log);
  }
  // A log can be read only after the one that certifies its node: go round until nothing more fits.
  bool progress = true;
  while (progress && !waiting.empty()) {
    progress = false;
    std::vector<LogId> later;
    for (const LogId& log : waiting) {
      auto entries = client.read_log(log, verifier.cursor(log).seq);
      if (!entries) return std::unexpected(entries.error());
      bool fits = true;
      for (const wire::Entry& entry : *entries) {
        auto read = federation::from_wire(entry);
        if (!read) return std::unexpected(read.error());
        auto verdict = verifier.feed(log, federation::view_of_entry(*read));
        if (!verdict && verdict.error().code == ErrorCode::kNotFound) {
          fits = false;
          break;
        }
        if (!verdict) return std::unexpected(verdict.error().during("official log of the node"));
      }
      if (fits)
        progress = true;
      else
        later.push_back(log);
    }
    waiting = std::move(later);
  }
  return {};
}

}  // namespace xom::tools
