// Each rule of admission refuses its attack and lets the honest twin pass. (What the attack gains
// when its rule is off: tests/protocol/rules.)
#include "tests/protocol/admission/attacks.h"

#include <gtest/gtest.h>

namespace xom::admission::test {
namespace {

class Admission : public ::testing::TestWithParam<Attack> {};

TEST_P(Admission, TheAttackIsRefused) { EXPECT_FALSE(GetParam().attack()); }
TEST_P(Admission, TheHonestTwinPasses) { EXPECT_TRUE(GetParam().honest()); }

std::string test_name(const ::testing::TestParamInfo<Attack>& info) {
  std::string name(name_of(info.param.rule));
  std::erase(name, '-');
  return name;
}

INSTANTIATE_TEST_SUITE_P(EachRule, Admission, ::testing::ValuesIn(attacks()), test_name);

}  // namespace
}  // namespace xom::admission::test
