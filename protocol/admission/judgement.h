// One commit before its judge, and the parts of the judgement. Internal to this folder.
#pragma once

#include "protocol/admission/group_policy.h"

namespace xom::admission {

struct Case {
  const mls::PublicGroup& before;
  const mls::PublicGroup& after;
  const mls::StagedCommit& commit;
  GroupRules rules;      // before
  GroupRules new_rules;  // after
  CommitData data;
};

// The account behind a leaf of a tree; kMalformed.
[[nodiscard]] Result<AccountKey> account_of(const mls::RatchetTree& tree, mls::LeafIndex leaf);

[[nodiscard]] Result<void> judge_adds(const Case& c);            // add_rules.cpp
[[nodiscard]] Result<void> judge_dead_leaves(const Case& c);     // dead_leaves.cpp
[[nodiscard]] Result<void> judge_removes(const Case& c);         // remove_rules.cpp
[[nodiscard]] Result<void> judge_changed_leaves(const Case& c);  // leaf_change_rules.cpp
[[nodiscard]] Result<void> judge_reentry(const Case& c);         // reentry_rules.cpp
[[nodiscard]] Result<void> judge_rules_change(const Case& c);    // rules_change.cpp

// A leaf that takes the place of `before`, of the same person (leaf_change_rules.cpp).
[[nodiscard]] Result<void> judge_successor(const Case& c, const mls::LeafNode& before,
                                           const mls::LeafNode& after);

}  // namespace xom::admission
