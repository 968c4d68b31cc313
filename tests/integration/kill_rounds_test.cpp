#include "tests/integration/kill_rounds.h"

#include <gtest/gtest.h>

namespace xom::test {

// The long form is the program xom_kill_rounds.
TEST(KillRounds, nothing_acknowledged_or_pushed_is_lost_or_doubled) {
  const KillReport report = kill_rounds(5, 20211124);
  EXPECT_EQ(report.violation, "");
  EXPECT_EQ(report.rounds, 5);
  EXPECT_GT(report.acknowledged, 50u);
  EXPECT_GT(report.pushed, 50u);
  std::printf("%d rounds, %llu acknowledged, %llu pushed\n", report.rounds,
              static_cast<unsigned long long>(report.acknowledged),
              static_cast<unsigned long long>(report.pushed));
}

}  // namespace xom::test
