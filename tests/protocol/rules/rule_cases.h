// The attack that each rule of protocol/base/rule.h prevents, and its honest twin. Every case runs
// twice: with its rule, and with the rule switched off, where the attack must succeed.
#pragma once

#include <vector>

#include "protocol/base/result.h"
#include "protocol/base/rule.h"

namespace xom::rules {

struct RuleCase {
  Rule rule;
  const char* name;  // what is tried; letters and digits
  // Both build their world anew and say what its last step came to: an error is a refusal. An
  // attack must not need the rule to be on or off while it is prepared.
  Result<void> (*attack)();
  Result<void> (*honest)();
};

// One function for each file of cases; all_cases() in rules_test.cpp lists them.
[[nodiscard]] std::vector<RuleCase> admission_cases();
[[nodiscard]] std::vector<RuleCase> commit_cases();
[[nodiscard]] std::vector<RuleCase> member_cases();

}  // namespace xom::rules
