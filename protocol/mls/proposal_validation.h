// RFC 9420, sections 12.1 and 12.2: which proposals are valid, alone and together (the list of an
// external commit: external_commit_validation.h).
#pragma once

#include "protocol/mls/public_group.h"

namespace xom::mls {

// 6.1 and 12.1.8: may such a sender propose this in a message of its own? kMalformed.
[[nodiscard]] Result<void> check_proposer(const Proposal& proposal, const Sender& sender);

// 12.1: a proposal alone, by what it says of itself and the tree before it. Two signature
// verifications for an Add, one for an Update. Whether leaves fit the group's extensions is
// judged when the whole list is applied, as a proposal of the list may change those.
[[nodiscard]] Result<void> check_proposal(const PublicGroup& group, const Proposal& proposal,
                                          const Sender& sender);

// 12.2: a commit's list, each proposal alone included, but for what only the tree after it shows
// (apply_proposals.cpp). kMalformed, kBadSignature.
[[nodiscard]] Result<void> check_proposal_list(const PublicGroup& group,
                                               const std::vector<ResolvedProposal>& proposals,
                                               const Sender& committer);

}  // namespace xom::mls
