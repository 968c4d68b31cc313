#include "tests/storage/storage_support.h"

#include "storage/memory_engine.h"
#include "storage/rocksdb_testing.h"
#include "tests/support/fault_file_system.h"

namespace xom::storage::testing {
namespace {

using namespace std::chrono_literals;

class MemoryUnderTest final : public EngineUnderTest {
 public:
  Engine& engine() override { return engine_; }
  void power_loss() override { engine_.crash(); }
  void hold() override { engine_.hold(); }
  void release() override { engine_.release(); }
  void wait_until_held(boost::asio::io_context& context) override {
    context.restart();
    while (engine_.waiting() == 0) context.run_for(1ms);
  }
  void fail_next_sync() override { engine_.fail_next_sync(); }
  std::size_t syncs() const override { return engine_.syncs(); }

 private:
  MemoryEngine engine_;
};

class RocksDbUnderTest final : public EngineUnderTest {
 public:
  RocksDbUnderTest() { open(); }
  Engine& engine() override { return *engine_; }
  void power_loss() override {
    files_->crash();
    engine_.reset();
    files_->restart();
    open();
  }
  void hold() override { files_->hold_syncs(); }
  void release() override { files_->release_syncs(); }
  void wait_until_held(boost::asio::io_context& context) override {
    context.restart();
    while (files_->held_syncs() == 0) context.run_for(1ms);
  }
  void fail_next_sync() override { files_->fail_next_sync(); }
  std::size_t syncs() const override { return files_->log_syncs(); }

 private:
  void open() {
    RocksDbTestOptions options;
    options.file_system = files_;
    auto opened = open_rocksdb_for_test("/store", options);
    if (!opened) throw std::runtime_error(opened.error().message);
    engine_ = std::move(*opened);
  }

  std::shared_ptr<xom::testing::FaultFileSystem> files_ =
      std::make_shared<xom::testing::FaultFileSystem>(1);
  std::unique_ptr<Engine> engine_;
};

}  // namespace

std::unique_ptr<EngineUnderTest> make_memory_engine() {
  return std::make_unique<MemoryUnderTest>();
}
std::unique_ptr<EngineUnderTest> make_rocksdb_engine() {
  return std::make_unique<RocksDbUnderTest>();
}

namespace {
crypto::SigningKey fixed_key() {
  if (!crypto::initialise()) throw std::runtime_error("libsodium does not start");
  const Bytes seed(32, 7);
  return std::move(*crypto::SigningKey::from_seed(seed));
}
}  // namespace

TestSigner::TestSigner() : key_(fixed_key()) {}

Bytes TestSigner::sign_header(const LogId& log, Seq seq, const Hash& previous,
                              const Hash& entry_hash) {
  trust::EntryHeader header;
  header.log = log;
  header.seq = seq;
  header.previous = previous;
  header.entry_hash = entry_hash;
  header.time = TimeMs{time_++};
  return trust::sign_header(header, key_);
}

AppendOperation one(const LogId& log, const DeviceKey& writer, std::uint64_t entry_id,
                    std::string_view payload) {
  AppendOperation operation;
  AppendOperation::Part part;
  part.log = log;
  part.entry.kind = 2;
  part.entry.writer = writer;
  part.entry.entry_id = EntryId{entry_id};
  part.entry.payload.assign(payload.begin(), payload.end());
  operation.parts.push_back(std::move(part));
  return operation;
}

}  // namespace xom::storage::testing
