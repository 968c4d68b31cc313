#include "tests/storage/power_loss.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <random>
#include <set>

#include "tests/storage/storage_support.h"
#include "tests/support/fault_file_system.h"

namespace xom::storage::testing {
namespace {

constexpr std::size_t kLogs = 3;
constexpr std::size_t kWriters = 6;
constexpr std::size_t kAppendsPerWriter = 60;  // in one round, if no cut comes before
constexpr std::uint64_t kMostChanges = 300;    // of the disk, until the cut
constexpr std::chrono::microseconds kSyncTime{200};
constexpr std::uint64_t kRoundsOnOneDisk =
    20;  // so that checking all entries each time stays cheap

struct Known {
  DeviceKey writer;
  EntryId id{0};
  Bytes payload;
  bool operator==(const Known&) const = default;
};
using Stored = std::map<LogId, std::map<Seq, Known>>;

// What a writer wants in one log; the next append is a retry until it is answered.
struct Pending {
  std::uint64_t id = 1;
  std::string payload;
};

// One disk, with everything that was promised about it.
class World {
 public:
  World(std::uint64_t seed, Sabotage sabotage, PowerLossReport& report)
      : random_(seed),
        files_(std::make_shared<xom::testing::FaultFileSystem>(seed)),
        sabotage_(sabotage),
        report_(report) {
    files_->set_sync_time(kSyncTime);
  }

  void round();

 private:
  class Listener final : public AppendListener {
   public:
    explicit Listener(World& world) : world_(world) {}
    void appended(const LogId& log, const LogEntry& entry) override {
      // Behind the cut nobody hears it any more.
      if (world_.files_->crashed()) return;
      ++world_.report_.notices;
      world_.promise(log, entry.seq, Known{entry.writer, entry.entry_id, entry.payload}, "notice");
    }

   private:
    World& world_;
  };

  void powered(const std::function<void(boost::asio::io_context&, LogStore&)>& work);
  Awaitable<void> check_all(LogStore& store);
  Awaitable<void> check_log(LogStore& store, LogId log);
  Awaitable<void> write(LogStore& store, std::size_t writer);
  void promise(const LogId& log, Seq seq, Known known, const char* by);
  void violation(std::string text) { report_.violations.push_back(std::move(text)); }

  std::mt19937_64 random_;
  std::shared_ptr<xom::testing::FaultFileSystem> files_;
  Sabotage sabotage_;
  PowerLossReport& report_;
  TestSigner signer_;
  Stored promised_;
  std::map<std::pair<std::size_t, std::size_t>, Pending> pending_;  // by writer and log
};

// Anything acknowledged or told: it must be found under this number for ever.
void World::promise(const LogId& log, Seq seq, Known known, const char* by) {
  const auto [found, added] = promised_[log].try_emplace(seq, known);
  if (!added && found->second != known) {
    violation(std::string(by) + " contradicts an earlier promise about number " +
              std::to_string(raw(seq)));
  }
}

Awaitable<void> World::check_log(LogStore& store, LogId log) {
  std::map<DeviceKey, std::uint64_t> last_ids;
  const auto& promised = promised_[log];
  Cursor last;
  std::size_t kept = 0;
  for (;;) {
    const auto page = co_await store.read(log, last.seq, 500, 1 << 20);
    if (!page) {
      violation("reading after the cut: " + page.error().message);
      co_return;
    }
    if (page->empty()) break;
    for (const LogEntry& entry : *page) {
      if (entry.seq != next(last.seq)) violation("a gap before " + std::to_string(raw(entry.seq)));
      if (raw(entry.entry_id) != ++last_ids[entry.writer]) {
        violation("an entry is doubled or missing at " + std::to_string(raw(entry.seq)));
      }
      const auto statement = trust::Statement::decode(entry.header);
      const auto header = trust::EntryHeader::decode_body(statement.value().body);
      if (header.value().previous != last.hash) violation("the chain is broken");
      last = Cursor{entry.seq, trust::header_hash(statement->id())};
      const auto known = promised.find(entry.seq);
      if (known == promised.end()) continue;
      ++kept;
      if (known->second != Known{entry.writer, entry.entry_id, entry.payload}) {
        violation("another entry than promised at " + std::to_string(raw(entry.seq)));
      }
    }
  }
  if (kept != promised.size()) {
    violation(std::to_string(promised.size() - kept) + " promised entries are missing");
  }
  const auto state = co_await store.state(log);
  if (!state || state->head != last) violation("the head is not the last entry");
  const auto cursor = co_await store.check_cursor(log, last);
  if (!cursor) violation("the head's own cursor is refused");
}

Awaitable<void> World::check_all(LogStore& store) {
  for (std::size_t i = 0; i < kLogs; ++i) {
    const LogId log = log_of(static_cast<std::uint8_t>(i + 1));
    co_await check_log(store, log);
  }
}

// Appends to one log or to two at once until the power is gone; asks again for what was never
// answered.
Awaitable<void> World::write(LogStore& store, std::size_t writer) {
  const auto executor = co_await boost::asio::this_coro::executor;
  for (std::size_t i = 0; i < kAppendsPerWriter; ++i) {
    AppendOperation operation;
    std::vector<Pending*> wanted;
    std::vector<std::size_t> logs{random_() % kLogs};
    // A pair is always the same one, so that a retry of it is the same operation.
    if (logs[0] == 0 && writer % 2 == 0) logs.push_back(1);
    if (logs[0] == 1 && writer % 2 == 0) continue;
    for (const std::size_t log : logs) {
      Pending& pending = pending_[{writer, log}];
      if (pending.payload.empty()) {
        pending.payload = std::string(1 + random_() % 900, static_cast<char>('a' + random_() % 26));
      }
      auto part =
          one(log_of(static_cast<std::uint8_t>(log + 1)),
              writer_of(static_cast<std::uint8_t>(writer + 1)), pending.id, pending.payload);
      operation.parts.push_back(std::move(part.parts[0]));
      wanted.push_back(&pending);
    }
    const auto parts = operation.parts;
    const auto done = co_await store.append(std::move(operation));
    if (!done) {
      violation("refused: " + done.error().message);
      co_return;
    }
    if (files_->crashed()) co_return;  // the answer does not arrive any more
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const auto& entry = parts[p].entry;
      ++report_.appends;
      report_.retries += (*done)[p].repeated ? 1 : 0;
      promise((*done)[p].log, (*done)[p].seq, Known{entry.writer, entry.entry_id, entry.payload},
              "answer");
      ++wanted[p]->id;
      wanted[p]->payload.clear();
    }
    if (random_() % 4 == 0) co_await boost::asio::post(executor, boost::asio::use_awaitable);
  }
}

// Opens the store, works, and takes everything down again.
void World::powered(const std::function<void(boost::asio::io_context&, LogStore&)>& work) {
  RocksDbTestOptions options;
  options.file_system = files_;
  options.sabotage = sabotage_;
  options.options.write_buffer_bytes = 64 * 1024;  // flushes and compactions happen in every round
  boost::asio::io_context context;
  auto engine = open_rocksdb_for_test("/store", options);
  if (!engine) {
    violation("opening the store: " + engine.error().message);
    return;
  }
  Listener listener(*this);
  LogStore store(**engine, signer_);
  store.set_listener(&listener);
  work(context, store);
  context.restart();
  context.run();
}

void World::round() {
  powered(
      [&](boost::asio::io_context& context, LogStore& store) { run(context, check_all(store)); });
  if (!report_.violations.empty()) return;
  // The cut may also hit the recovery, so it is armed before opening.
  files_->crash_after(1 + random_() % kMostChanges);
  powered([&](boost::asio::io_context& context, LogStore& store) {
    for (std::size_t writer = 0; writer < kWriters; ++writer) {
      boost::asio::co_spawn(context, write(store, writer), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
      });
    }
  });
  if (files_->crashed()) {
    ++report_.cut_short;
  } else {
    files_->crash();
  }
  files_->restart();
  powered(
      [&](boost::asio::io_context& context, LogStore& store) { run(context, check_all(store)); });
}

}  // namespace

PowerLossReport lose_power(const PowerLossPlan& plan) {
  PowerLossReport report;
  std::mt19937_64 seeds(plan.seed);
  std::optional<World> world;
  while (report.rounds < plan.rounds && report.violations.empty()) {
    if (report.rounds % kRoundsOnOneDisk == 0) world.emplace(seeds(), plan.sabotage, report);
    world->round();
    ++report.rounds;
  }
  return report;
}

}  // namespace xom::storage::testing
