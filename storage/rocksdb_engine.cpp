#include "storage/rocksdb_engine.h"

#include <fcntl.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <thread>

#include "storage/keys.h"
#include "storage/manifest_tail.h"
#include "storage/rocksdb_testing.h"
#include "storage/write_group.h"

namespace xom::storage {
namespace {

using testing::RocksDbTestOptions;
using testing::Sabotage;

// RocksDB's own LOG file is not kept: on a full disk its writer ends the process (an assertion that
// Debian's library has in). What it says of failures goes where the node's own log goes.
class Failures final : public rocksdb::Logger {
 public:
  Failures() : Logger(rocksdb::ERROR_LEVEL) {}
  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 512> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    const std::string_view text(line.data());
    std::fprintf(stderr, "rocksdb: %s%s", line.data(), text.ends_with('\n') ? "" : "\n");
  }
};

// What a write, a flush or a compaction met. RocksDB would still take writes after a compaction
// without room, until its memory is full of what it cannot flush; here the first lack of space
// stops them.
class Background final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                         rocksdb::Status* error) override {
    if (error->IsNoSpace()) no_space_ = true;
  }
  [[nodiscard]] bool no_space() const { return no_space_; }

 private:
  std::atomic<bool> no_space_ = false;
};

class RocksDbEngine final : public Engine {
 public:
  RocksDbEngine(std::unique_ptr<rocksdb::Env> env, std::unique_ptr<rocksdb::DB> db,
                std::shared_ptr<const Background> background, Sabotage sabotage)
      : env_(std::move(env)),
        db_(std::move(db)),
        background_(std::move(background)),
        sabotage_(sabotage),
        writer_([this] { run(); }) {}

  ~RocksDbEngine() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    writer_.join();
  }

  RocksDbEngine(const RocksDbEngine&) = delete;
  RocksDbEngine& operator=(const RocksDbEngine&) = delete;

  Awaitable<Result<std::optional<std::string>>> get(std::string key) override {
    co_return lookup(key);
  }

  Awaitable<Result<std::vector<KeyValue>>> scan(std::string begin, std::string end,
                                                std::size_t limit, std::size_t max_bytes) override {
    rocksdb::ReadOptions options;
    const rocksdb::Slice upper(end);
    if (!end.empty()) options.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
    std::vector<KeyValue> found;
    std::size_t bytes = 0;
    for (it->Seek(begin); it->Valid() && found.size() < limit; it->Next()) {
      bytes += it->key().size() + it->value().size();
      if (!found.empty() && bytes > max_bytes) break;
      found.push_back(KeyValue{it->key().ToString(), it->value().ToString()});
    }
    if (!it->status().ok()) co_return io_failure("scanning", it->status());
    co_return found;
  }

  Awaitable<Result<void>> commit(Batch batch) override {
    return suspend_until<Result<void>>(
        [this, batch = std::move(batch)](Completion<Result<void>> done) mutable {
          enqueue(WaitingBatch{std::move(batch), std::move(done)});
        });
  }

  Health health() const override {
    return background_->no_space() ? Health::kNoSpace : health_.load();
  }

 private:
  static std::unexpected<Error> io_failure(std::string_view doing, const rocksdb::Status& status) {
    return fail(ErrorCode::kIo, std::string(doing) + " the store: " + status.ToString());
  }

  Result<std::optional<std::string>> lookup(const std::string& key) const {
    std::string value;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), key, &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return io_failure("reading", status);
    return value;
  }

  void enqueue(WaitingBatch waiting) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(waiting));
    }
    wake_.notify_one();
  }

  // The writer thread: takes all that waits, until there is nothing left and the engine stops.
  void run() {
    for (;;) {
      std::vector<WaitingBatch> group;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        group.swap(waiting_);
      }
      write(group);
    }
  }

  void write(std::vector<WaitingBatch>& group) {
    if (const Health now = health(); now != Health::kGood) {
      for (auto& waiting : group) {
        waiting.done(fail(ErrorCode::kUnavailable, now == Health::kNoSpace
                                                       ? "the store ran out of space"
                                                       : "the store has failed; restart the node"));
      }
      return;
    }
    WriteGroup joined([this](const std::string& key) { return lookup(key); });
    std::vector<Result<void>> results;
    results.reserve(group.size());
    Result<void> outcome;
    for (auto& waiting : group) {
      results.push_back(joined.join(waiting.batch));
      if (!results.back() && results.back().error().code != ErrorCode::kConflict) {
        outcome = results.back();
      }
    }
    if (sabotage_ == Sabotage::kAckBeforeSync) {
      for (std::size_t i = 0; i < group.size(); ++i) group[i].done(results[i]);
      group.clear();
    }
    if (outcome) outcome = write(joined.writes());
    if (!outcome && health_ == Health::kGood) health_ = Health::kFailed;
    for (std::size_t i = 0; i < group.size(); ++i) {
      // A conflict may have been one with a batch of this group, so it is not an answer either.
      group[i].done(outcome ? std::move(results[i]) : outcome);
    }
  }

  Result<void> write(const WriteGroup::Writes& writes) {
    if (writes.empty()) return {};
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : writes) {
      const rocksdb::Status added = value ? batch.Put(key, *value) : batch.Delete(key);
      if (!added.ok()) return io_failure("writing", added);
    }
    rocksdb::WriteOptions options;
    options.sync = sabotage_ != Sabotage::kNoSync;
    const rocksdb::Status status = db_->Write(options, &batch);
    if (!status.ok()) return io_failure("writing", status);
    return {};
  }

  std::unique_ptr<rocksdb::Env> env_;  // only in tests; must outlive the database
  std::unique_ptr<rocksdb::DB> db_;
  const std::shared_ptr<const Background> background_;
  const Sabotage sabotage_;
  std::atomic<Health> health_ = Health::kGood;  // changed by the writer thread

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<WaitingBatch>
      waiting_;  // bounded by those who wait: the log store's queue, one per session
  bool stopping_ = false;
  std::thread writer_;  // last: starts when all else is there
};

rocksdb::Options rocksdb_options(const RocksDbOptions& ours, rocksdb::Env* env) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.env = env != nullptr ? env : rocksdb::Env::Default();
  options.write_buffer_size = ours.write_buffer_bytes;
  options.max_background_jobs = 2;
  options.info_log = std::make_shared<Failures>();
  // A failure stops the engine for good, so RocksDB must not resume behind its back.
  options.max_bgerror_resume_count = 0;
  // A torn last sector holds garbage; recovery ends before it. Everything synced lies before.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.max_manifest_file_size = 16 * 1024 * 1024;
  // What a trim has deleted is to leave the disk soon, not when its part of the store happens to be
  // rewritten: a file in which half of 256 neighbours are deletions is compacted for them.
  options.table_properties_collector_factories.push_back(
      rocksdb::NewCompactOnDeletionCollectorFactory(256, 128));
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(ours.block_cache_bytes);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

Error explain(const std::string& path, const rocksdb::Status& status) {
  const std::string text = status.ToString();
  if (text.find("While lock file") != text.npos || text.find("lock hold by") != text.npos) {
    return Error{ErrorCode::kIo,
                 "the data folder " + path +
                     " is in use by another process: stop that one, or choose "
                     "another folder",
                 0};
  }
  if (status.IsCorruption()) {
    return Error{
        ErrorCode::kIo,
        "the store in " + path + " is damaged (" + text + "): restore the folder from a backup", 0};
  }
  return Error{ErrorCode::kIo,
               "the data folder " + path + " cannot be used (" + text +
                   "): check that it exists, is writable and not full",
               0};
}

// Writes the format version into a new store, checks it in an old one.
Result<void> check_format(rocksdb::DB& db, const std::string& path) {
  std::string value;
  const rocksdb::Slice key(keys::kFormat.data(), keys::kFormat.size());
  const rocksdb::Status status = db.Get(rocksdb::ReadOptions(), key, &value);
  if (status.IsNotFound()) {
    const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(rocksdb::ReadOptions()));
    it->SeekToFirst();
    if (it->Valid()) {
      return fail(ErrorCode::kUnsupportedVersion,
                  "the data folder " + path + " holds another program's store: choose another one");
    }
    rocksdb::WriteOptions options;
    options.sync = true;
    const auto written = db.Put(options, key, std::to_string(keys::kFormatVersion));
    if (!written.ok()) return std::unexpected(explain(path, written));
    return {};
  }
  if (!status.ok()) return std::unexpected(explain(path, status));
  unsigned version = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), version);
  if (parsed.ec != std::errc() || version != keys::kFormatVersion) {
    return fail(ErrorCode::kUnsupportedVersion,
                "the data folder " + path + " has format " + value + ", this program knows " +
                    std::to_string(keys::kFormatVersion) +
                    ": install the version of Xóm that made it, or a newer one");
  }
  return {};
}

// RocksDB syncs the entries inside its folder, not the folder's own entry in its parent.
Result<void> make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return fail(ErrorCode::kIo, "the data folder " + path + " cannot be made (" + error.message() +
                                    "): check the path and its permissions");
  }
  const auto parent = std::filesystem::absolute(path).parent_path();
  const int fd = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return {};  // a parent that may not be read is not ours to sync
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  if (!synced) return fail(ErrorCode::kIo, "the folder " + parent.string() + " cannot be synced");
  return {};
}

}  // namespace

Result<std::unique_ptr<Engine>> testing::open_rocksdb_for_test(const std::string& path,
                                                               const RocksDbTestOptions& options) {
  std::unique_ptr<rocksdb::Env> env;
  if (options.file_system) env = rocksdb::NewCompositeEnv(options.file_system);
  rocksdb::Options settings = rocksdb_options(options.options, env.get());
  const auto background = std::make_shared<Background>();
  settings.listeners.push_back(background);
  rocksdb::DB* opened = nullptr;
  auto status = rocksdb::DB::Open(settings, path, &opened);
  if (status.IsCorruption()) {
    const auto mended = cut_torn_manifest_tail(*settings.env->GetFileSystem(), path);
    if (mended && *mended) status = rocksdb::DB::Open(settings, path, &opened);
  }
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return std::unexpected(explain(path, status));
  if (auto format = check_format(*db, path); !format) return std::unexpected(format.error());
  return std::make_unique<RocksDbEngine>(std::move(env), std::move(db), background,
                                         options.sabotage);
}

Result<std::unique_ptr<Engine>> open_rocksdb(const std::string& path,
                                             const RocksDbOptions& options) {
  if (auto made = make_folder(path); !made) return std::unexpected(made.error());
  RocksDbTestOptions real;
  real.options = options;
  return testing::open_rocksdb_for_test(path, real);
}

}  // namespace xom::storage
