#include "tests/integration/kill_rounds.h"

#include <gtest/gtest.h>

namespace xom::test {
namespace {

TEST(KillRounds, NothingAcknowledgedOrPushedIsLostOrDoubled) {
  const auto report = kill_rounds(5, 1);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->rounds, 5u);
  EXPECT_GT(report->acknowledged, 50u) << "too little load to prove anything";
  EXPECT_GT(report->pushed, 0u);
}

}  // namespace
}  // namespace xom::test
