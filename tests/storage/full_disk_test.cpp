// RocksDB on a disk that runs full in spite of the reserve, wherever that happens.
#include "storage/rocksdb_testing.h"
#include "tests/storage/storage_support.h"
#include "tests/support/fault_file_system.h"

namespace xom::storage::testing {
namespace {

constexpr std::size_t kPayload = 400;

class FullDisk : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  FullDisk() { open(); }

  void open() {
    RocksDbTestOptions options;
    options.options.write_buffer_bytes = 64 * 1024;  // flushes and compactions come early
    options.file_system = files;
    auto opened = open_rocksdb_for_test("/store", options);
    ASSERT_TRUE(opened) << opened.error().message;
    engine = std::move(*opened);
    store.emplace(*engine, signer);
  }
  void close() {
    store.reset();
    engine.reset();
  }
  Result<void> append(std::uint64_t id) {
    const std::string payload = std::to_string(id) + std::string(kPayload, 'x');
    const auto done = run(context, store->append(one(log, writer, id, payload)));
    if (!done) return std::unexpected(done.error());
    return {};
  }
  // Appends until the disk refuses; the number of those that were acknowledged.
  std::uint64_t fill(std::uint64_t from) {
    for (std::uint64_t id = from;; ++id) {
      if (auto done = append(id); !done) {
        EXPECT_EQ(done.error().code, ErrorCode::kUnavailable) << done.error().message;
        return id - 1;
      }
      if (id > from + 100'000) {
        ADD_FAILURE() << "the disk never ran full";
        return id;
      }
    }
  }
  // All that was acknowledged is there, once, in order.
  void expect_held(std::uint64_t acknowledged) {
    std::uint64_t seen = 0;
    for (;;) {
      const auto page = run(context, store->read(log, Seq{seen}, 1000, 1 << 24));
      ASSERT_TRUE(page) << page.error().message;
      if (page->empty()) break;
      for (const LogEntry& entry : *page) {
        ++seen;
        ASSERT_EQ(entry.seq, Seq{seen});
        ASSERT_EQ(entry.entry_id, EntryId{seen});
      }
    }
    EXPECT_GE(seen, acknowledged);
    EXPECT_LE(seen, acknowledged + 1) << "at most the one that was refused had reached the disk";
  }

  boost::asio::io_context context;
  std::shared_ptr<xom::testing::FaultFileSystem> files =
      std::make_shared<xom::testing::FaultFileSystem>(1);
  TestSigner signer;
  std::unique_ptr<Engine> engine;
  std::optional<LogStore> store;
  const LogId log = log_of(1);
  const DeviceKey writer = writer_of(1);
};

TEST_P(FullDisk, LosesNothingAcknowledgedAndIsWellWhenSpaceReturns) {
  for (std::uint64_t id = 1; id <= 300; ++id) ASSERT_TRUE(append(id));
  files->set_room(GetParam());
  const std::uint64_t acknowledged = fill(301);
  EXPECT_EQ(engine->health(), Health::kNoSpace);
  expect_held(acknowledged);  // reads go on
  const auto refused = append(acknowledged + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);

  files->set_room(std::nullopt);
  EXPECT_FALSE(append(acknowledged + 1)) << "it stays refused until the store is opened again";
  close();
  open();
  EXPECT_EQ(engine->health(), Health::kGood);
  expect_held(acknowledged);
  for (std::uint64_t id = acknowledged + 1; id <= acknowledged + 500; ++id) {
    const auto done = append(id);
    ASSERT_TRUE(done) << done.error().message;
  }
  expect_held(acknowledged + 500);
}

TEST_P(FullDisk, LosesNothingAcknowledgedIfThePowerGoesToo) {
  for (std::uint64_t id = 1; id <= 300; ++id) ASSERT_TRUE(append(id));
  files->set_room(GetParam());
  const std::uint64_t acknowledged = fill(301);
  files->crash();
  close();
  files->restart();
  files->set_room(std::nullopt);
  open();
  expect_held(acknowledged);
  EXPECT_TRUE(append(acknowledged + 1));
}

// From in the middle of a record of the write-ahead log to in a flush and in a compaction.
INSTANTIATE_TEST_SUITE_P(Room, FullDisk,
                         ::testing::Values(0, 1, 100, 500, 5'000, 40'000, 90'000, 200'000, 300'000,
                                           400'000, 1'000'000));

}  // namespace
}  // namespace xom::storage::testing
