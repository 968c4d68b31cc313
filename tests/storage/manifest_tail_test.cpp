#include "storage/manifest_tail.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/rocksdb_engine.h"
#include "tests/storage/storage_support.h"

namespace xom::storage::testing {
namespace {

class ManifestTail : public ::testing::Test {
 protected:
  static constexpr int kKeys = 150;

  // A store with several sorted files, closed.
  ManifestTail() {
    std::string pattern = (std::filesystem::temp_directory_path() / "xom-manifest-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    RocksDbOptions options;
    options.write_buffer_bytes = 64 * 1024;
    auto engine = open_rocksdb(folder.string(), options).value();
    for (int i = 0; i < kKeys; ++i) {
      Batch batch;
      batch.puts.emplace_back("k" + std::to_string(i), std::string(1000, 'v'));
      EXPECT_TRUE(run(context, engine->commit(std::move(batch))));
    }
    engine.reset();
    std::ifstream current(folder / "CURRENT");
    std::string name;
    std::getline(current, name);
    manifest = folder / name;
    std::ostringstream bytes;
    bytes << std::ifstream(manifest, std::ios::binary).rdbuf();
    whole = bytes.str();
  }
  ~ManifestTail() override { std::filesystem::remove_all(folder); }

  // Opens with this MANIFEST; true if it opens, and then every key must be there.
  bool opens_with(const std::string& bytes) {
    std::ofstream(manifest, std::ios::binary | std::ios::trunc) << bytes;
    auto engine = open_rocksdb(folder.string(), {});
    if (!engine) {
      EXPECT_EQ(engine.error().code, ErrorCode::kIo);
      return false;
    }
    for (int i = 0; i < kKeys; ++i) {
      const auto value = run(context, (*engine)->get("k" + std::to_string(i))).value();
      EXPECT_TRUE(value) << "lost silently: k" << i;
    }
    return true;
  }
  // A record that was being appended: a whole header, and a payload of which the end is garbage.
  static std::string torn_record() {
    return std::string("\x11\x22\x33\x44\x40\x00\x01", 7) + std::string(0x40, '\x5a');
  }

  boost::asio::io_context context;
  std::filesystem::path folder;
  std::filesystem::path manifest;
  std::string whole;
};

TEST_F(ManifestTail, WholeFileIsWholeAndIsLeftAlone) {
  EXPECT_EQ(whole_records(whole), whole.size());
  EXPECT_FALSE(cut_torn_manifest_tail(*rocksdb::FileSystem::Default(), folder.string()).value());
  EXPECT_TRUE(opens_with(whole));
}

TEST_F(ManifestTail, TornLastRecordIsCutOff) {
  EXPECT_EQ(whole_records(whole + torn_record()), whole.size());
  EXPECT_TRUE(opens_with(whole + torn_record()));
}

TEST_F(ManifestTail, DamageBeforeAValidRecordIsRefused) {
  std::string damaged = whole;
  damaged[20] ^= 1;
  EXPECT_EQ(whole_records(damaged), std::string::npos);
  EXPECT_FALSE(opens_with(damaged));
}

TEST_F(ManifestTail, LongGarbageIsNoTornWrite) {
  const std::string damaged = whole + std::string(40 * 1024, '\x5a');
  EXPECT_EQ(whole_records(damaged), std::string::npos);
  EXPECT_FALSE(opens_with(damaged));
}

TEST_F(ManifestTail, NoPrefixConfusesTheReader) {
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    EXPECT_LE(whole_records(std::string_view(whole).substr(0, size)), size);
  }
}

}  // namespace
}  // namespace xom::storage::testing
