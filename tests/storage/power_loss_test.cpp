// A short form of xom_power_loss, and the proof that it notices what it is there to notice.
#include "tests/storage/power_loss.h"

#include <gtest/gtest.h>

namespace xom::storage::testing {
namespace {

PowerLossReport lose(Sabotage sabotage) {
  PowerLossPlan plan;
  plan.rounds = 10;
  plan.seed = 20211;
  plan.sabotage = sabotage;
  return lose_power(plan);
}

TEST(PowerLoss, NothingAcknowledgedOrToldIsLostOrDoubled) {
  const auto report = lose(Sabotage::kNone);
  EXPECT_EQ(report.rounds, 10u);
  EXPECT_GT(report.appends, 100u);
  EXPECT_GT(report.cut_short, 0u);
  for (const auto& violation : report.violations) ADD_FAILURE() << violation;
}

TEST(PowerLoss, WritingWithoutSyncIsNoticed) {
  EXPECT_FALSE(lose(Sabotage::kNoSync).violations.empty());
}

TEST(PowerLoss, AnsweringBeforeTheSyncIsNoticed) {
  EXPECT_FALSE(lose(Sabotage::kAckBeforeSync).violations.empty());
}

}  // namespace
}  // namespace xom::storage::testing
