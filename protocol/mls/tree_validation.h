// RFC 9420, sections 7.3 and 12.4.3.1: is a tree that a stranger handed over sound?
#pragma once

#include "protocol/mls/ratchet_tree.h"

namespace xom::mls {

// 7.9.2: every parent is parent-hash valid with respect to exactly one child chain; in time that
// grows with the tree, not its square. kMalformed.
[[nodiscard]] Result<void> check_parent_hashes(const RatchetTree& tree);
// 7.3, 12.4.3.1: no encryption key in two nodes, no signature key in two leaves. Sorts the keys.
[[nodiscard]] Result<void> check_unique_keys(const RatchetTree& tree);
// Uniqueness of encryption and signature keys over all leaves (and encryption keys of parents),
// each member's support of all credential types in use, the group's extensions and required
// capabilities (7.3).
[[nodiscard]] Result<void> check_members(const RatchetTree& tree, const Extensions& group_context);
// All of it for a newcomer (12.4.3.1): the above, leaf signatures (one verification a member),
// unmerged leaves listed at every node strictly between.
[[nodiscard]] Result<void> check_tree(const RatchetTree& tree, ByteView group_id,
                                      const Extensions& group_context);

}  // namespace xom::mls
