#include "server/node.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <optional>

#include "federation/dial.h"
#include "federation/downlink.h"
#include "federation/uplink.h"
#include "protocol/trust/log_ids.h"
#include "server/config/config.h"
#include "server/config/data_folder.h"
#include "server/file_limit.h"
#include "server/limits.h"
#include "server/net/listener.h"
#include "server/net/tls_files.h"
#include "server/sessions/session.h"
#include "server/tasks.h"
#include "server/upkeep.h"
#include "server/version.h"
#include "storage/rocksdb_engine.h"

namespace xom::server {
namespace {

namespace asio = boost::asio;
using storage::Awaitable;

// Above the child's time to dial there is the deadline of the stop.
constexpr std::chrono::seconds kDialTime{5};
constexpr std::chrono::seconds kCertificateCheck{10};

class NodeSigner final : public storage::HeaderSigner {
 public:
  NodeSigner(const crypto::SigningKey& key, const Clock& clock) : key_(key), clock_(clock) {}
  Bytes sign_header(const LogId& log, Seq seq, const Hash& previous,
                    const Hash& entry_hash) override {
    trust::EntryHeader header{log, seq, previous, entry_hash, clock_.now()};
    return trust::sign_header(header, key_);
  }

 private:
  const crypto::SigningKey& key_;
  const Clock& clock_;
};

// Everything that must be there before the node can be built.
struct Foundation {
  DataFolder folder;
  Config config;
  StaticFiles files;
  std::optional<TlsFiles> tls;
  std::unique_ptr<storage::Engine> engine;
};

Result<Foundation> lay_foundation(const NodeOptions& options) {
  auto folder = open_data_folder(options.data);
  if (!folder) return std::unexpected(folder.error());
  std::error_code missing;
  if (!options.config.empty() && !std::filesystem::exists(options.config, missing))
    return fail(ErrorCode::kNotFound, "there is no configuration file " + options.config.string());
  auto config = read_config(options.config.empty() ? folder->config_file() : options.config);
  if (!config) return std::unexpected(config.error());
  StaticFiles files;
  if (!config->web_folder.empty()) {
    auto loaded = StaticFiles::load(config->web_folder);
    if (!loaded) return std::unexpected(loaded.error());
    files = std::move(*loaded);
  }
  std::optional<TlsFiles> tls;
  if (!config->tls_certificate.empty()) {
    auto opened = TlsFiles::open(config->tls_certificate, config->tls_key);
    if (!opened) return std::unexpected(opened.error());
    tls = std::move(*opened);
  }
  auto engine = storage::open_rocksdb(folder->store().string(), storage::RocksDbOptions{});
  if (!engine) return std::unexpected(engine.error());
  return Foundation{std::move(*folder), std::move(*config), std::move(files), std::move(tls),
                    std::move(*engine)};
}

// What is to be done after a good end.
enum class NodeEnd : std::uint8_t { kStopped, kStartAgain };

class Node {
 public:
  Node(asio::io_context& io, Foundation& base)
      : io_(io),
        base_(base),
        signer_(base.folder.node_key, clock_),
        engine_(*base.engine),
        store_(engine_, signer_, limits::kSyncPatience),
        verifier_(trust::root_fingerprint(base.folder.root())),
        turns_(io.get_executor()),
        channels_(io.get_executor(), engine_, store_, verifier_, hub_, clock_, self(),
                  base.folder.node_key),
        pending_(engine_, verifier_, clock_, self()),
        groups_(engine_, store_, verifier_, clock_, self(), node_key()),
        key_packages_(engine_),
        accounts_(engine_, verifier_, groups_, pending_, clock_, node_key()),
        mirrors_(store_, verifier_, channels_),
        downlink_(store_, verifier_, channels_, identity(), random()),
        services_{store_,        hub_,       turns_,
                  channels_,     groups_,    accounts_,
                  key_packages_, pending_,   clock_,
                  self(),        node_key(), [this](wire::Status& status) { fill(status); }},
        upkeep_(
            io.get_executor(), base.folder.store(), base.config, engine_, store_, clock_,
            [this](const LogId& log) {
              return channels_.is_public(log) || verifier_.node_of_log(log).has_value();
            },
            [this] { start_again(); }),
        tasks_(io.get_executor()),
        ticks_(io.get_executor()),
        deadline_(io.get_executor()),
        signals_(io.get_executor(), SIGTERM, SIGINT, SIGHUP) {
    store_.set_listener(&channels_);
  }

  // Answers why it could not start, or how it ended.
  Awaitable<Result<NodeEnd>> run() {
    started_ = clock_.now();
    upkeep_.look();
    auto replayed =
        co_await federation::replay_tree(store_, verifier_, base_.folder.root(), self());
    if (!replayed)
      co_return std::unexpected(
          replayed.error().during("the store cannot be used; restore it from a backup"));
    auto listening = listen();
    if (!listening) co_return std::unexpected(listening.error());
    auto signed_heads = co_await channels_.sign_heads();
    if (!signed_heads) co_return std::unexpected(signed_heads.error());
    start_uplink();
    tasks_.start(listener_->run());
    tasks_.start(keep_time());
    tasks_.start(upkeep_.watch_disk());
    tasks_.start(upkeep_.trim_logs());
    spdlog::info("listening address={} port={} tls={} node={}", base_.config.listen_address,
                 base_.config.listen_port, base_.tls.has_value(), self().hex());
    co_await wait_for_end();
    co_await stop();
    co_return start_again_ ? NodeEnd::kStartAgain : NodeEnd::kStopped;
  }

 private:
  [[nodiscard]] NodeId self() const { return base_.folder.node_id; }
  [[nodiscard]] NodeKey node_key() const { return base_.folder.node_key.public_key_as<NodeKey>(); }
  [[nodiscard]] federation::LinkIdentity identity() const {
    return {self(), base_.folder.node_key};
  }
  [[nodiscard]] static crypto::Random& random() { return crypto::system_random(); }

  Result<void> listen() {
    const std::uint32_t wanted = base_.config.max_sessions;
    const std::uint64_t files = raise_file_limit(wanted);
    const std::uint32_t possible = connections_within(files, wanted);
    if (possible < wanted)
      spdlog::warn(
          "max_sessions is {}, but this process may open {} files, enough for {} connections; set "
          "LimitNOFILE={} in the service (or ulimit -n), or a lower max_sessions",
          wanted, files, possible, wanted + kFilesBeside);
    ListenerOptions options{base_.config.listen_address, base_.config.listen_port, possible,
                            base_.config.max_sessions_per_address};
    auto bound = Listener::bind(
        io_.get_executor(), std::move(options), base_.files, base_.tls ? &*base_.tls : nullptr,
        [this](ClientLinePtr line) { serve_client(std::move(line)); },
        [this](federation::ChannelPtr channel) { return serve_link(std::move(channel)); });
    if (!bound) return std::unexpected(bound.error());
    listener_ = std::move(*bound);
    return {};
  }

  void start_uplink() {
    const auto& parent = base_.folder.parent;
    if (!parent) return;
    auto url = federation::with_path(parent->url, "/link");
    if (!url) {
      spdlog::error("parent.toml: {}; enrol again with: xom enrol", url.error().message);
      return;
    }
    federation::UplinkOptions options;
    options.url = *url;
    options.parent = parent->node_id;
    options.first_key = parent->node_key;
    options.on_change = [was = false](const federation::UplinkStatus& status) mutable {
      if (status.connected != was)
        spdlog::info("parent connected={} url={}", status.connected, status.url);
      else if (!status.connected && status.last_error)
        spdlog::debug("parent url={} error={}", status.url, status.last_error->message);
      was = status.connected;
    };
    federation::DialOptions dialling;
    dialling.ca_file = parent->ca_file;
    dialling.timeout = kDialTime;
    uplink_.emplace(
        io_.get_executor(), std::move(options), identity(), verifier_, mirrors_,
        [dialling](std::string address) { return federation::dial(std::move(address), dialling); },
        random());
    tasks_.start(uplink_->run());
  }

  void serve_client(ClientLinePtr line) {
    const auto session = std::make_shared<Session>(io_.get_executor(), std::move(line), services_,
                                                   random(), sessions_);
    session->start();
    if (stopping_) session->stop();
  }

  Awaitable<void> serve_link(federation::ChannelPtr channel) {
    auto ended = co_await downlink_.serve(std::move(channel));
    if (!ended) spdlog::info("link of a child ended reason={}", ended.error().message);
  }

  // Signed heads, and a look at the certificate's files.
  Awaitable<void> keep_time() {
    auto heads_due = std::chrono::steady_clock::now() + limits::kHeadEvery;
    while (!stopping_) {
      ticks_.expires_after(kCertificateCheck);
      boost::system::error_code ended;
      co_await ticks_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
      if (stopping_) break;
      if (base_.tls && base_.tls->changed()) reload_certificate();
      if (std::chrono::steady_clock::now() < heads_due) continue;
      heads_due += limits::kHeadEvery;
      auto signed_heads = co_await channels_.sign_heads();
      if (!signed_heads) spdlog::error("heads cannot be signed: {}", signed_heads.error().message);
    }
  }

  void reload_certificate() {
    if (!base_.tls) return;
    if (auto reloaded = base_.tls->reload(); reloaded)
      spdlog::info("certificate read again");
    else
      spdlog::error("{}; the one of before stays in use", reloaded.error().message);
  }

  void start_again() {
    start_again_ = true;
    signals_.cancel();
  }

  Awaitable<void> wait_for_end() {
    for (;;) {
      boost::system::error_code ended;
      const int number =
          co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
      if (ended || number != SIGHUP) co_return;
      reload_certificate();
    }
  }

  Awaitable<void> stop() {
    spdlog::info("stopping sessions={}", sessions_.size());
    stopping_ = true;
    deadline_.expires_after(limits::kStopDeadline);
    deadline_.async_wait([this](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      // All that was acknowledged is on the disk; what still hangs is somebody else's connection.
      spdlog::warn("not everything ended in time");
      spdlog::shutdown();
      std::quick_exit(start_again_ ? 1 : 0);  // 1: whoever supervises the node starts it again
    });
    listener_->stop();
    sessions_.for_each([](Session& session) { session.stop(); });
    downlink_.stop();
    if (uplink_) uplink_->stop();
    ticks_.cancel();
    upkeep_.stop();
    co_await tasks_.wait();
    co_await store_.close();
    deadline_.cancel();
    spdlog::info("stopped");
  }

  void fill(wire::Status& status) const {
    status.set_version(kVersion);
    status.set_sessions(sessions_.size());
    status.set_started(raw(started_));
    upkeep_.fill(*status.mutable_disk());
    if (!base_.folder.parent) return;
    status.set_parent_url(base_.folder.parent->url);
    status.set_parent_connected(uplink_ && uplink_->status().connected);
  }

  asio::io_context& io_;
  Foundation& base_;
  SystemClock clock_;
  NodeSigner signer_;
  storage::GuardedEngine engine_;
  storage::LogStore store_;
  trust::Verifier verifier_;
  Hub hub_;
  Turns turns_;
  Channels channels_;
  Pending pending_;
  Groups groups_;
  KeyPackages key_packages_;
  Accounts accounts_;
  federation::Mirrors mirrors_;
  federation::Downlink downlink_;
  Services services_;
  std::optional<federation::Uplink> uplink_;
  std::unique_ptr<Listener> listener_;
  SessionList sessions_;
  Upkeep upkeep_;
  Tasks tasks_;
  asio::steady_timer ticks_;
  asio::steady_timer deadline_;
  asio::signal_set signals_;
  TimeMs started_{};
  bool stopping_ = false;
  bool start_again_ = false;
};

void set_up_log(const std::string& level) {
  spdlog::drop("xom-node");  // of the start before
  auto logger = spdlog::stderr_logger_st("xom-node");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

Result<NodeEnd> run_once(const NodeOptions& options) {
  auto base = lay_foundation(options);
  if (!base) return std::unexpected(base.error());
  set_up_log(base->config.log_level);
  asio::io_context io(1);
  Result<NodeEnd> result = NodeEnd::kStopped;
  {
    Node node(io, *base);
    asio::co_spawn(io, node.run(), [&](const std::exception_ptr& broken, Result<NodeEnd> ended) {
      if (broken) std::rethrow_exception(broken);
      result = std::move(ended);
      io.stop();
    });
    io.run();
  }
  base->engine.reset();  // before the executor of what waited for it
  return result;
}

}  // namespace

Result<void> run_node(const NodeOptions& options) {
  if (!crypto::initialise()) return fail(ErrorCode::kInternal, "libsodium cannot start");
  std::signal(SIGPIPE, SIG_IGN);  // a connection that is gone is an error of its own write
  for (;;) {
    auto ended = run_once(options);
    if (!ended) return std::unexpected(ended.error());
    if (*ended == NodeEnd::kStopped) return {};
  }
}

}  // namespace xom::server
