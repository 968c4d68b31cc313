#include "server/file_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace xom::server {
namespace {

TEST(FileLimit, LeavesTheStoreItsFiles) {
  EXPECT_EQ(connections_within(20'000, 18'000), 18'000u);
  EXPECT_EQ(connections_within(20'000, 60'000), 19'000u);
  EXPECT_EQ(connections_within(61'000, 60'000), 60'000u);
  EXPECT_EQ(connections_within(UINT64_MAX, 60'000), 60'000u);
  EXPECT_EQ(connections_within(1024, 18'000), 512u) << "half of a small limit";
  EXPECT_EQ(connections_within(1, 10), 1u);
}

TEST(FileLimit, IsRaisedAsFarAsItMay) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 256;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_file_limit(10), std::min<rlim_t>(10 + kFilesBeside, before.rlim_max));
  EXPECT_EQ(raise_file_limit(UINT32_MAX), before.rlim_max) << "and no further";
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace xom::server
