// The fuzz targets on their seeds, and on every seed with one byte set to each of some telling
// values, cut off, or made longer.
#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/crypto/crypto.h"
#include "tests/protocol/fuzz/targets.h"

namespace xom::fuzz {
namespace {

void mutate(const Seed& seed, const Target& target) {
  // Where one run costs signatures, and long seeds everywhere, at so many places only.
  const bool slow = target.name == "group" || target.name == "records";
  const std::size_t places = slow ? 60 : 600;
  const std::size_t step = std::max<std::size_t>(1, seed.bytes.size() / places);
  for (std::size_t i = 0; i < seed.bytes.size(); i += step) {
    (void)target.run(ByteView(seed.bytes).first(i));
    for (int value : {0x00, 0x01, 0x7F, 0x80, 0xFF, seed.bytes[i] ^ 1, seed.bytes[i] + 1}) {
      Bytes changed = seed.bytes;
      changed[i] = static_cast<std::uint8_t>(value);
      (void)target.run(changed);
    }
    Bytes longer = seed.bytes;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), 0x80);
    (void)target.run(longer);
  }
}

class FuzzTargets : public ::testing::TestWithParam<Target> {};

TEST_P(FuzzTargets, AcceptTheirSeedsAndHoldOnMutatedOnes) {
  ASSERT_TRUE(crypto::initialise());
  const auto seeds = GetParam().seeds();
  ASSERT_FALSE(seeds.empty());
  for (const Seed& seed : seeds) {
    SCOPED_TRACE(seed.name);
    EXPECT_TRUE(GetParam().run(seed.bytes));
    mutate(seed, GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Each, FuzzTargets, ::testing::ValuesIn(targets()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace xom::fuzz
