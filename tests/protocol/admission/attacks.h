// For each rule of admission: an attack that it prevents, and the honest twin that must pass.
#pragma once

#include <span>

#include "protocol/base/rule.h"

namespace xom::admission::test {

struct Attack {
  Rule rule;
  // Was it let through?
  bool (*attack)();
  bool (*honest)();
};
[[nodiscard]] std::span<const Attack> attacks();

}  // namespace xom::admission::test
