#include "tests/protocol/fuzz/targets.h"

namespace xom::fuzz {

std::span<const Target> targets() {
  static constexpr Target kTargets[] = {
      {"statement", statement, statement_seeds},
      {"outline", outline, outline_seeds},
      {"wire", wire, wire_seeds},
      {"group_secrets", group_secrets, group_secrets_seeds},
      {"facts", facts, facts_seeds},
      {"tree", tree, tree_seeds},
      {"records", records, records_seeds},
      {"group", group, group_seeds},
  };
  return kTargets;
}

const Target* find_target(std::string_view name) {
  for (const Target& target : targets()) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

}  // namespace xom::fuzz
