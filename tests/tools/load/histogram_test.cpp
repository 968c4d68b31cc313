#include "tools/load/histogram.h"

#include <gtest/gtest.h>

#include <vector>

namespace xom::load {
namespace {

TEST(Histogram, OfNothing) {
  const Histogram none;
  EXPECT_EQ(none.count(), 0u);
  EXPECT_EQ(none.at(0.5), 0u);
}

TEST(Histogram, EveryValueIsKnownWithinASixtyFourth) {
  for (std::uint64_t value = 1; value < (std::uint64_t{1} << 35); value += value / 7 + 1) {
    Histogram one;
    one.add(value);
    one.add(std::uint64_t{1} << 36);
    EXPECT_GE(one.at(0.25), value);
    EXPECT_LE(one.at(0.25), value + value / 64);
  }
}

TEST(Histogram, SharesAreOfTheSortedValues) {
  Histogram times;
  for (std::uint64_t i = 100; i >= 1; --i) times.add(i);
  EXPECT_EQ(times.count(), 100u);
  EXPECT_EQ(times.at(0), 1u);
  EXPECT_EQ(times.at(0.5), 51u);
  EXPECT_EQ(times.at(0.99), 100u);
  EXPECT_EQ(times.at(1), 100u);
  EXPECT_EQ(times.most(), 100u);
}

TEST(Histogram, WhatIsLongerThanAnythingIsKept) {
  Histogram times;
  times.add(5);
  times.add(std::uint64_t{1} << 62);
  EXPECT_EQ(times.most(), std::uint64_t{1} << 62);
  EXPECT_GT(times.at(1), std::uint64_t{1} << 35);
}

}  // namespace
}  // namespace xom::load
