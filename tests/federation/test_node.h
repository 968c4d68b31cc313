// A node without a server: an engine in memory, logs, a verifier, and links in memory.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "federation/downlink.h"
#include "federation/uplink.h"
#include "protocol/trust/authority.h"
#include "storage/log_store.h"
#include "storage/memory_engine.h"
#include "tests/federation/queue_channel.h"

namespace xom::test {

class TestNode final : public storage::HeaderSigner,
                       public storage::AppendListener,
                       public federation::LogFeed,
                       public federation::HeadSink {
 public:
  // `root`: of the tree; absent: this node is it.
  TestNode(boost::asio::io_context& io, std::optional<NodeId> root = std::nullopt);
  ~TestNode() override;

  [[nodiscard]] NodeId id() const { return authority.public_key_as<NodeId>(); }
  [[nodiscard]] NodeKey key() const { return node_key.public_key_as<NodeKey>(); }
  [[nodiscard]] LogId official() const;

  // Appends a statement to the own official log and waits until it is durable.
  void append(Bytes statement);
  void certify_self();
  StatementId certify(const TestNode& child);
  void revoke(StatementId statement);
  void add_unit(const std::string& unit);
  // Signs the present head of the own official log and tells the feed.
  void sign_head();

  // The copy of a log in this node's store.
  [[nodiscard]] std::vector<storage::LogEntry> log(const LogId& log);

  // Everything in memory is lost, what is on disk stays; the verifier is replayed.
  void restart();
  // Nothing more can be stored.
  void break_disk() { engine_.fail_next_sync(); }
  [[nodiscard]] std::size_t dials() const { return connections_; }

  // Starts the uplink to `parent`, whose downlink answers each dial. `meddle` is asked anew for
  // each connection.
  using Tamper = std::function<Meddle(std::size_t connection)>;
  void connect(TestNode& parent, Tamper from_parent = {});
  void disconnect();  // ends the uplink and waits for it

  // Runs until `done`, at most some seconds; answers whether it came true.
  bool until(const std::function<bool()>& done);
  template <class T>
  T await(federation::Awaitable<T> task);

  Bytes sign_header(const LogId& log, Seq seq, const Hash& previous,
                    const Hash& entry_hash) override;
  void appended(const LogId& log, const storage::LogEntry& entry) override;
  void add(Listener& listener) override { listeners_.insert(&listener); }
  void remove(Listener& listener) override { listeners_.erase(&listener); }
  Bytes signed_head(const LogId& log) override { return heads[log]; }
  void mirrored_head(const LogId& log, ByteView statement) override;

  crypto::SigningKey authority;
  crypto::SigningKey node_key;
  std::unique_ptr<trust::Verifier> verifier;
  std::unique_ptr<federation::Downlink> downlink;
  std::unique_ptr<federation::Uplink> uplink;
  std::map<LogId, Bytes> heads;
  std::chrono::milliseconds longest_delay{4};  // of an uplink, between two dials
  std::size_t pushes = 0;                      // entries that the listener was told of
  std::vector<Result<void>> served;            // ends of the children's links

 private:
  void open();

  boost::asio::io_context& io_;
  NodeId root_;
  std::int64_t clock_ = 1'000;
  storage::MemoryEngine engine_;
  std::unique_ptr<storage::LogStore> store_;
  std::unique_ptr<federation::Mirrors> mirrors_;
  std::set<Listener*> listeners_;
  std::size_t connections_ = 0;
  bool uplink_done_ = true;
};

template <class T>
T TestNode::await(federation::Awaitable<T> task) {
  std::optional<T> result;
  boost::asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr&, T value) {
    result.emplace(std::move(value));
  });
  until([&] { return result.has_value(); });
  return std::move(result.value());
}

}  // namespace xom::test
