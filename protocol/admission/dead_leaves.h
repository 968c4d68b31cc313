// Leaves that no longer count (RULES, "Accounts, devices, re-entry").
#pragma once

#include "protocol/admission/members.h"

namespace xom::admission {

// Leaves whose device is not in the newest list of its account in the tree, ascending: nothing that
// they write counts, and the next commit removes them.
[[nodiscard]] std::vector<mls::LeafIndex> dead_leaves(const mls::RatchetTree& tree);
[[nodiscard]] bool is_live(const mls::RatchetTree& tree, mls::LeafIndex leaf);

}  // namespace xom::admission
