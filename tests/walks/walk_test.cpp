#include "tests/walks/walk.h"

#include <gtest/gtest.h>

namespace xom::walks {
namespace {

// Walks, and looks that everything that a walk is for happened in it.
void walk(std::uint64_t seed, std::size_t steps, std::size_t members) {
  ASSERT_TRUE(crypto::initialise());
  try {
    const Counts counts = Walk({seed, steps, members}).run();
    EXPECT_GT(counts.commits, steps / 8);
    EXPECT_GT(counts.read, counts.sent / 2);
    for (const std::uint64_t count :
         {counts.lost_races, counts.adds, counts.removes, counts.reentries, counts.proposals,
          counts.psks, counts.sent, counts.lost, counts.reloads, counts.attacks}) {
      EXPECT_GT(count, 0U);
    }
  } catch (const Broken& broken) {
    FAIL() << broken.what();
  }
}

TEST(Walks, SmallGroupHoldsItsPromises) { walk(1, 400, 5); }
TEST(Walks, MiddlingGroupHoldsItsPromises) { walk(2, 250, 20); }

TEST(Walks, SameSeedWalksTheSameWay) {
  ASSERT_TRUE(crypto::initialise());
  const auto counted = [](std::uint64_t seed) {
    const Counts c = Walk({seed, 120, 6}).run();
    return std::array{c.commits, c.lost_races, c.adds, c.removes, c.sent, c.read, c.attacks};
  };
  EXPECT_EQ(counted(3), counted(3));
  EXPECT_NE(counted(3), counted(4));
}

}  // namespace
}  // namespace xom::walks
