// RFC 9420, section 12.4: what makes a commit valid, beside its proposals (proposal_validation.h)
// and what only an external one must hold (external_commit_validation.h). The judgement itself is
// PublicGroup::stage().
#pragma once

#include "protocol/mls/public_group.h"

namespace xom::mls {

// 12.4, 17.4: unless all proposals (at least one) are of types that do not need a path.
[[nodiscard]] bool is_path_required(const std::vector<ResolvedProposal>& proposals);

}  // namespace xom::mls
