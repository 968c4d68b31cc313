#include "tests/federation/test_node.h"

#include <chrono>

#include "client.pb.h"
#include "protocol/trust/log_ids.h"

namespace xom::test {

namespace asio = boost::asio;
using federation::Awaitable;

TestNode::TestNode(asio::io_context& io, std::optional<NodeId> root)
    : authority(crypto::SigningKey::generate(crypto::system_random())),
      node_key(crypto::SigningKey::generate(crypto::system_random())),
      io_(io),
      root_(root.value_or(authority.public_key_as<NodeId>())) {
  open();
}

TestNode::~TestNode() {
  disconnect();
  downlink->stop();
  until([&] { return downlink->children().empty(); });
}

LogId TestNode::official() const { return trust::official_log(id()); }

void TestNode::open() {
  store_ = std::make_unique<storage::LogStore>(engine_, *this);
  store_->set_listener(this);
  verifier = std::make_unique<trust::Verifier>(trust::root_fingerprint(root_));
  mirrors_ = std::make_unique<federation::Mirrors>(*store_, *verifier, *this);
  const federation::LinkIdentity self{id(), node_key};
  downlink = std::make_unique<federation::Downlink>(*store_, *verifier, *this, self,
                                                    crypto::system_random());
}

void TestNode::restart() {
  disconnect();
  downlink->stop();
  until([&] { return downlink->children().empty(); });
  downlink.reset();
  mirrors_.reset();
  auto closing = [](storage::LogStore* store) -> Awaitable<Result<void>> {
    co_await store->close();
    co_return Result<void>{};
  };
  (void)await(closing(store_.get()));
  store_.reset();
  engine_.crash();
  heads.clear();
  open();
  auto replayed = await(federation::replay_tree(*store_, *verifier, root_, id()));
  if (!replayed) throw std::runtime_error(replayed.error().message);
}

Bytes TestNode::sign_header(const LogId& log, Seq seq, const Hash& previous,
                            const Hash& entry_hash) {
  return trust::sign_header(trust::EntryHeader{log, seq, previous, entry_hash, TimeMs{++clock_}},
                            node_key);
}

void TestNode::appended(const LogId& log, const storage::LogEntry& entry) {
  ++pushes;
  // Mirrored entries were fed before they were written.
  if (log == official()) (void)verifier->feed(log, federation::view_of_entry(entry));
  for (Listener* listener : listeners_) listener->grown(log);
}

void TestNode::mirrored_head(const LogId& log, ByteView statement) {
  heads[log] = Bytes(statement.begin(), statement.end());
  for (Listener* listener : listeners_) listener->headed(log);
}

void TestNode::append(Bytes statement) {
  storage::AppendOperation operation;
  storage::AppendOperation::Part part;
  part.log = official();
  part.entry.kind = wire::STATEMENT;
  part.entry.writer.bytes = key().bytes;
  part.entry.payload = std::move(statement);
  operation.parts.push_back(std::move(part));
  auto done = await(store_->append(std::move(operation)));
  if (!done) throw std::runtime_error(done.error().message);
}

void TestNode::certify_self() { certify(*this); }

StatementId TestNode::certify(const TestNode& child) {
  const trust::Certificate certificate{id(),     child.id(), child.key(), "Công an",
                                       "Phường", TimeMs{1},  TimeMs{0}};
  append(trust::sign_value(certificate, authority));
  return trust::make_statement(certificate).id();
}

void TestNode::revoke(StatementId statement) {
  append(trust::sign_value(trust::Revocation{id(), statement, "sáp nhập"}, authority));
}

void TestNode::add_unit(const std::string& unit) {
  append(trust::sign_value(trust::Unit{id(), unit, "", "Khu phố", unit}, authority));
}

void TestNode::sign_head() {
  auto state = await(store_->state(official()));
  heads[official()] = trust::sign_head(
      trust::LogHead{official(), state->head.seq, state->head.hash, TimeMs{++clock_}}, node_key);
  for (Listener* listener : listeners_) listener->headed(official());
}

std::vector<storage::LogEntry> TestNode::log(const LogId& log) {
  auto entries = await(store_->read(log, Seq{0}, 100'000, 1u << 30));
  return entries ? *entries : std::vector<storage::LogEntry>{};
}

void TestNode::connect(TestNode& parent, Tamper from_parent) {
  federation::UplinkOptions options;
  options.url = "ws://parent/link";
  options.parent = parent.id();
  options.first_key = parent.key();
  options.first_delay = std::chrono::milliseconds(1);
  options.longest_delay = longest_delay;
  // A named function object, so that what the coroutine needs lives in its parameters.
  static constexpr auto dial = [](asio::io_context* io, TestNode* to,
                                  Meddle meddle) -> Awaitable<Result<federation::ChannelPtr>> {
    if (!to->downlink) co_return fail(ErrorCode::kIo, "nobody answers");
    auto channels = make_channels(io->get_executor(), {}, std::move(meddle));
    asio::co_spawn(*io, to->downlink->serve(std::move(channels.second)),
                   [to](const std::exception_ptr&, Result<void> end) {
                     to->served.push_back(std::move(end));
                   });
    co_return std::move(channels.first);
  };
  federation::Dialer dialer = [this, &parent, from_parent](const std::string&) {
    Meddle meddle;
    if (from_parent) meddle = from_parent(connections_);
    ++connections_;
    return dial(&io_, &parent, std::move(meddle));
  };
  uplink = std::make_unique<federation::Uplink>(
      io_.get_executor(), options, federation::LinkIdentity{id(), node_key}, *verifier, *mirrors_,
      std::move(dialer), crypto::system_random());
  uplink_done_ = false;
  asio::co_spawn(io_, uplink->run(), [this](const std::exception_ptr&) { uplink_done_ = true; });
}

void TestNode::disconnect() {
  if (!uplink) return;
  uplink->stop();
  until([&] { return uplink_done_; });
  uplink.reset();
}

bool TestNode::until(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  io_.restart();
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    io_.run_one_for(std::chrono::milliseconds(50));
    io_.restart();
  }
  return true;
}

}  // namespace xom::test
