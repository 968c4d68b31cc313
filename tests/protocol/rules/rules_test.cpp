// Every rule is needed, and none refuses what is honest.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/protocol/rules/rule_cases.h"

namespace xom::rules {

namespace {

std::vector<RuleCase> all_cases() {
  std::vector<RuleCase> all;
  for (auto* const cases : {admission_cases, commit_cases, member_cases}) {
    for (const RuleCase& each : cases()) all.push_back(each);
  }
  return all;
}

constexpr Rule kRules[] = {
#define XOM_RULE_VALUE(id, name) Rule::id,
    XOM_RULES(XOM_RULE_VALUE)
#undef XOM_RULE_VALUE
};

std::string message(const Result<void>& result) {
  return result ? "no error" : result.error().message;
}

class Rules : public ::testing::TestWithParam<RuleCase> {};

TEST_P(Rules, RefusesTheAttack) {
  const auto result = GetParam().attack();
  EXPECT_FALSE(result);
}

TEST_P(Rules, IsWhatRefusesIt) {
  const RuleOff off(GetParam().rule);
  const auto result = GetParam().attack();
  EXPECT_TRUE(result) << message(result);
}

TEST_P(Rules, LetsTheHonestTwinPass) {
  const auto result = GetParam().honest();
  EXPECT_TRUE(result) << message(result);
}

TEST_P(Rules, IsNotNeededByTheHonestTwin) {
  const RuleOff off(GetParam().rule);
  const auto result = GetParam().honest();
  EXPECT_TRUE(result) << message(result);
}

INSTANTIATE_TEST_SUITE_P(All, Rules, ::testing::ValuesIn(all_cases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(RuleList, HasACaseForEveryRule) {
  std::set<Rule> covered;
  for (const RuleCase& each : all_cases()) covered.insert(each.rule);
  for (const Rule rule : kRules) {
    EXPECT_TRUE(covered.contains(rule)) << name_of(rule) << ": has no case";
  }
}

TEST(RuleList, SwitchesOneRuleAndOnlyForALifetime) {
  {
    const RuleOff off(Rule::kPathRequired);
    EXPECT_FALSE(enforced(Rule::kPathRequired));
    EXPECT_TRUE(enforced(Rule::kParentHashes));
  }
  EXPECT_TRUE(enforced(Rule::kPathRequired));
}

}  // namespace

}  // namespace xom::rules
