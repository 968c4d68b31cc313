// What only the RocksDB engine has: a folder on a real disk.
#include "storage/rocksdb_engine.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "storage/keys.h"
#include "storage/memory_engine.h"
#include "tests/storage/storage_support.h"

namespace xom::storage::testing {
namespace {

class RocksDbFolder : public ::testing::Test {
 protected:
  RocksDbFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "xom-storage-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~RocksDbFolder() override { std::filesystem::remove_all(folder); }

  Result<void> put(Engine& engine, std::string_view key, std::string value) {
    Batch batch;
    batch.puts.emplace_back(std::string(key), std::move(value));
    return run(context, engine.commit(std::move(batch)));
  }

  boost::asio::io_context context;
  std::filesystem::path folder;
};

TEST_F(RocksDbFolder, IsMadeAndKeepsWhatWasWritten) {
  const std::string path = (folder / "a" / "store").string();
  {
    auto engine = open_rocksdb(path, {});
    ASSERT_TRUE(engine) << engine.error().message;
    ASSERT_TRUE(put(**engine, "k", "v"));
  }
  auto engine = open_rocksdb(path, {});
  ASSERT_TRUE(engine);
  EXPECT_EQ(run(context, (*engine)->get("k")).value(), "v");
}

TEST_F(RocksDbFolder, OfANewerFormatIsRefused) {
  {
    auto engine = open_rocksdb(folder.string(), {});
    ASSERT_TRUE(put(**engine, keys::kFormat, "2"));
  }
  const auto engine = open_rocksdb(folder.string(), {});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(engine.error().message.find('\n'), std::string::npos);
  EXPECT_NE(engine.error().message.find("install"), std::string::npos);
}

TEST_F(RocksDbFolder, OfAnotherProgramIsRefused) {
  {
    auto engine = open_rocksdb(folder.string(), {});
    Batch batch;
    batch.deletes.emplace_back(keys::kFormat);
    batch.puts.emplace_back("k", "v");
    ASSERT_TRUE(run(context, (*engine)->commit(std::move(batch))));
  }
  const auto engine = open_rocksdb(folder.string(), {});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kUnsupportedVersion);
}

TEST_F(RocksDbFolder, InUseIsRefusedWithARemedy) {
  const auto first = open_rocksdb(folder.string(), {});
  ASSERT_TRUE(first);
  const auto second = open_rocksdb(folder.string(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kIo);
  EXPECT_NE(second.error().message.find("in use"), std::string::npos);
}

TEST_F(RocksDbFolder, ThatIsAFileIsRefused) {
  const std::string path = (folder / "file").string();
  std::ofstream(path) << "x";
  const auto engine = open_rocksdb(path, {});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kIo);
}

TEST_F(RocksDbFolder, ThatIsDamagedIsRefusedNotMended) {
  {
    auto engine = open_rocksdb(folder.string(), {});
    ASSERT_TRUE(put(**engine, "k", "v"));
  }
  std::ofstream(folder / "CURRENT") << "MANIFEST-999999\n";
  const auto engine = open_rocksdb(folder.string(), {});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error().code, ErrorCode::kIo);
}

// Destroying the engine finishes what waits, so no coroutine waits for ever.
TEST_F(RocksDbFolder, ClosingFinishesWhatWaits) {
  auto engine = open_rocksdb(folder.string(), {});
  ASSERT_TRUE(engine);
  std::vector<std::optional<Result<void>>> results(20);
  for (std::size_t i = 0; i < results.size(); ++i) {
    Batch batch;
    batch.puts.emplace_back("k" + std::to_string(i), "v");
    start(context, (*engine)->commit(std::move(batch)), results[i]);
  }
  context.poll();
  engine->reset();
  context.run();
  for (const auto& result : results) EXPECT_TRUE(result && *result);
}

// Deletions alone fill no level, so nothing else would rewrite what they have deleted.
TEST_F(RocksDbFolder, GivesTheSpaceOfWhatWasDeletedBack) {
  RocksDbOptions options;
  options.write_buffer_bytes = 64 * 1024;
  const auto bytes = [&] {
    std::uintmax_t sum = 0;
    std::error_code gone;
    for (const auto& file : std::filesystem::directory_iterator(folder))
      if (file.path().extension() == ".sst") sum += file.file_size(gone);
    return sum;
  };
  const auto key = [](int i) { return "k" + std::to_string(100'000 + i); };
  std::mt19937 random(1);
  const auto noise = [&](std::size_t size) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>(random());
    return text;
  };
  constexpr int kCount = 4096;
  auto engine = open_rocksdb(folder.string(), options);
  ASSERT_TRUE(engine);
  for (int from = 0; from < kCount; from += 64) {
    Batch batch;
    for (int i = from; i < from + 64; ++i) batch.puts.emplace_back(key(i), noise(1000));
    ASSERT_TRUE(run(context, (*engine)->commit(std::move(batch))));
  }
  for (int from = 0; from < kCount; from += 256) {
    Batch batch;
    for (int i = from; i < from + 256; ++i) batch.deletes.push_back(key(i));
    ASSERT_TRUE(run(context, (*engine)->commit(std::move(batch))));
  }
  engine->reset();
  engine = open_rocksdb(folder.string(), options);  // flushes
  ASSERT_TRUE(engine);
  for (int tries = 0; tries < 200 && bytes() > 1'000'000; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_LE(bytes(), 1'000'000u) << "of four million";
}

// The memory engine is the one that differs from a disk in this: it can be told to forget.
TEST(MemoryEngineCrash, LosesExactlyWhatWasNotSynced) {
  boost::asio::io_context context;
  MemoryEngine engine;
  Batch kept;
  kept.puts.emplace_back("kept", "1");
  ASSERT_TRUE(run(context, engine.commit(std::move(kept))));
  engine.hold();
  Batch batch;
  batch.puts.emplace_back("lost", "1");
  std::optional<Result<void>> result;
  start(context, engine.commit(std::move(batch)), result);
  context.restart();
  while (engine.waiting() == 0) context.run_for(std::chrono::milliseconds(1));
  engine.crash();
  context.run();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->error().code, ErrorCode::kIo);
  EXPECT_EQ(run(context, engine.get("kept")).value(), "1");
  EXPECT_EQ(run(context, engine.get("lost")).value(), std::nullopt);
}

}  // namespace
}  // namespace xom::storage::testing
