// RFC 9420, sections 12.2 and 12.4.3.2: what an external commit may hold.
#pragma once

#include "protocol/mls/public_group.h"

namespace xom::mls {

// 12.2: one ExternalInit, at most one Remove, PSKs, nothing else and nothing by reference.
// kMalformed.
[[nodiscard]] Result<void> check_external_list(const std::vector<ResolvedProposal>& proposals);

// 12.2: who re-enters removes an old leaf of its own, and nobody else's. `replaced`: the removed
// leaf, null where none is; `joiner`: the path's. kNotPermitted.
[[nodiscard]] Result<void> check_external_remove(const LeafNode* replaced, const LeafNode& joiner);

}  // namespace xom::mls
