// The node's view of its disk, with a disk that says what the test wants.
#include "server/disk_watch.h"

#include <gtest/gtest.h>

#include "protocol/crypto/crypto.h"
#include "server/limits.h"
#include "storage/memory_engine.h"
#include "tests/server/world.h"

namespace xom::server {
namespace {

using storage::Health;
using storage::SpaceState;

class DiskWatchTest : public ::testing::Test {
 protected:
  Result<void> put(bool frees = false) {
    storage::Batch batch;
    batch.puts.emplace_back("k", "v");
    batch.frees = frees;
    return run(engine_.commit(std::move(batch)));
  }
  Result<void> run(storage::Awaitable<Result<void>> work) {
    std::optional<Result<void>> result;
    boost::asio::co_spawn(io_, std::move(work),
                          [&](const std::exception_ptr&, Result<void> done) { result = done; });
    io_.restart();
    io_.run();
    return *result;
  }
  void look(int times = 1) {
    for (int i = 0; i < times; ++i) watch_.look();
  }

  boost::asio::io_context io_;
  storage::MemoryEngine disk_;
  storage::GuardedEngine engine_{disk_};
  Result<std::uint64_t> free_ = 1000;
  DiskWatch watch_{engine_, {.low = 200, .full = 100}, [this] { return free_; }};
};

TEST_F(DiskWatchTest, RefusesWhileFullAndRecoversByItself) {
  look();
  EXPECT_EQ(watch_.state(), SpaceState::kFine);
  free_ = 150;
  look();
  EXPECT_EQ(watch_.state(), SpaceState::kLow);
  EXPECT_TRUE(put()) << "low is announced, no more";
  free_ = 99;
  look();
  EXPECT_EQ(watch_.state(), SpaceState::kFull);
  const auto refused = put();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(put(true)) << "what gives space back is taken";
  free_ = 140;
  look();
  EXPECT_FALSE(put()) << "not yet";
  free_ = 1000;
  look();
  EXPECT_TRUE(put());
  EXPECT_FALSE(watch_.wants_reopening()) << "nothing had failed";
}

TEST_F(DiskWatchTest, ADiskThatDoesNotAnswerChangesNothing) {
  free_ = 50;
  look();
  free_ = fail(ErrorCode::kIo, "no answer");
  look();
  EXPECT_EQ(watch_.state(), SpaceState::kFull);
  EXPECT_FALSE(put());
}

TEST_F(DiskWatchTest, AStoreThatRanOutOfSpaceIsOpenedAgainOnceThereIsSomeForAWhile) {
  disk_.run_out_of_space();
  ASSERT_FALSE(put());
  EXPECT_EQ(watch_.health(), Health::kNoSpace);
  free_ = 0;
  look(2 * limits::kDiskReopenLooks);
  EXPECT_FALSE(watch_.wants_reopening()) << "there is no space";
  free_ = 1000;
  look(limits::kDiskReopenLooks - 1);
  EXPECT_FALSE(watch_.wants_reopening());
  free_ = 0;
  look();
  free_ = 1000;
  look(limits::kDiskReopenLooks - 1);
  EXPECT_FALSE(watch_.wants_reopening()) << "counted anew";
  look();
  EXPECT_TRUE(watch_.wants_reopening());
}

TEST_F(DiskWatchTest, AStoreThatFailedOtherwiseWaitsForItsOperator) {
  disk_.fail_next_sync();
  ASSERT_FALSE(put());
  EXPECT_EQ(watch_.health(), Health::kFailed);
  look(2 * limits::kDiskReopenLooks);
  EXPECT_FALSE(watch_.wants_reopening());
}

}  // namespace
}  // namespace xom::server
