#include "protocol/mls/external_commit_validation.h"

#include <algorithm>

#include "protocol/base/rule.h"

namespace xom::mls {

namespace {

std::unexpected<Error> invalid(const char* message) { return fail(ErrorCode::kMalformed, message); }

}  // namespace

Result<void> check_external_list(const std::vector<ResolvedProposal>& proposals) {
  std::size_t inits = 0;
  std::size_t removes = 0;
  for (const ResolvedProposal& each : proposals) {
    const ProposalType type = each.proposal.type();
    inits += type == ProposalType::kExternalInit ? 1 : 0;
    removes += type == ProposalType::kRemove ? 1 : 0;
  }
  if (inits != 1) return invalid("12.2: not exactly one ExternalInit");
  if (removes > 1) return invalid("12.2: an external commit with two Removes");
  for (const ResolvedProposal& each : proposals) {
    const ProposalType type = each.proposal.type();
    if (type != ProposalType::kExternalInit && type != ProposalType::kRemove &&
        type != ProposalType::kPreSharedKey) {
      return invalid("12.2: an external commit with another proposal");
    }
    // 12.4.3.2: nobody outside can judge what was proposed inside.
    if (each.by_reference) return invalid("12.4.3.2: an external commit with a reference");
  }
  return {};
}

Result<void> check_external_remove(const LeafNode* replaced, const LeafNode& joiner) {
  if (replaced == nullptr || !enforced(Rule::kExternalRemovesOwnOnly)) return {};
  if (replaced->credential != joiner.credential) {
    return fail(ErrorCode::kNotPermitted, "12.2: an external commit removes somebody else");
  }
  return {};
}

}  // namespace xom::mls
