#include "storage/disk_space.h"

#include <gtest/gtest.h>

#include "storage/guarded_engine.h"
#include "storage/memory_engine.h"
#include "tests/storage/log_store_fixture.h"

namespace xom::storage::testing {
namespace {

constexpr SpaceLimits kLimits{.low = 200, .full = 100};

TEST(DiskSpace, IsAnnouncedBeforeItIsFull) {
  EXPECT_EQ(judge_space(SpaceState::kFine, 200, kLimits), SpaceState::kFine);
  EXPECT_EQ(judge_space(SpaceState::kFine, 199, kLimits), SpaceState::kLow);
  EXPECT_EQ(judge_space(SpaceState::kLow, 100, kLimits), SpaceState::kLow);
  EXPECT_EQ(judge_space(SpaceState::kLow, 99, kLimits), SpaceState::kFull);
  EXPECT_EQ(judge_space(SpaceState::kFine, 0, kLimits), SpaceState::kFull);
}

TEST(DiskSpace, DoesNotFlutterAroundALimit) {
  EXPECT_EQ(judge_space(SpaceState::kFull, 149, kLimits), SpaceState::kFull);
  EXPECT_EQ(judge_space(SpaceState::kFull, 150, kLimits), SpaceState::kLow);
  EXPECT_EQ(judge_space(SpaceState::kLow, 299, kLimits), SpaceState::kLow);
  EXPECT_EQ(judge_space(SpaceState::kLow, 300, kLimits), SpaceState::kFine);
  EXPECT_EQ(judge_space(SpaceState::kFull, 300, kLimits), SpaceState::kFine);
}

TEST(DiskSpace, OfARealFolderIsRead) {
  const auto found = free_space(std::filesystem::temp_directory_path());
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_GT(*found, 0u);
  const auto missing = free_space("/no/such/folder");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kIo);
}

class GuardedLogs : public ::testing::Test {
 protected:
  Result<std::vector<Appended>> append(std::uint64_t id) {
    return run(context, store.append(one(log, writer, id, "x")));
  }

  boost::asio::io_context context;
  MemoryEngine disk;
  GuardedEngine engine{disk};
  TestSigner signer;
  LogStore store{engine, signer};
  const LogId log = log_of(1);
  const DeviceKey writer = writer_of(1);
};

TEST_F(GuardedLogs, RefuseAppendsWhileFullAndGoOnAfterwards) {
  ASSERT_TRUE(append(1));
  engine.refuse(true);
  const std::size_t before = disk.syncs();
  const auto refused = append(2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("full"), std::string::npos);
  EXPECT_EQ(disk.syncs(), before) << "the engine never saw it";
  const auto again = append(1);
  ASSERT_TRUE(again) << "what was stored is answered";
  EXPECT_TRUE(again->front().repeated);
  EXPECT_EQ(run(context, store.read(log, Seq{0}, 10, 1000)).value().size(), 1u);

  engine.refuse(false);
  const auto taken = append(2);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->front().seq, Seq{2});
}

TEST_F(GuardedLogs, AreTrimmedWhileFull) {
  for (std::uint64_t id = 1; id <= 3; ++id) ASSERT_TRUE(append(id));
  engine.refuse(true);
  const auto trimmed = run(context, store.trim(log, Seq{2}));
  ASSERT_TRUE(trimmed) << trimmed.error().message;
  EXPECT_EQ(run(context, store.state(log)).value().first, Seq{3});
}

}  // namespace
}  // namespace xom::storage::testing
