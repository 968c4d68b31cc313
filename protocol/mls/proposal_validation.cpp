#include "protocol/mls/proposal_validation.h"

#include <algorithm>

#include "protocol/base/sort.h"
#include "protocol/mls/external_commit_validation.h"
#include "protocol/mls/external_senders.h"
#include "protocol/mls/hpke_public_key.h"

namespace xom::mls {

namespace {

constexpr std::size_t kNonce = 32;      // KDF.Nh
constexpr std::size_t kKemOutput = 32;  // of X25519

std::unexpected<Error> invalid(const char* message) { return fail(ErrorCode::kMalformed, message); }

// 12.1.1, 10.1
Result<void> check_add(const Add& add) {
  if (auto ok = check_encryption_key(add.key_package.leaf_node.encryption_key); !ok) return ok;
  if (auto ok = check_encryption_key(add.key_package.init_key); !ok) return ok;
  return add.key_package.check();
}

// 12.1.2, 7.3
Result<void> check_update(const PublicGroup& group, const Update& update, const Sender& sender) {
  if (sender.type != SenderType::kMember) return invalid("12.1.2: an Update by no member");
  const LeafNode* replaced = group.tree().leaf(LeafIndex{sender.index});
  if (replaced == nullptr) return invalid("12.1.2: an Update of a blank leaf");
  const LeafNode& leaf = update.leaf_node;
  if (leaf.source != LeafNodeSource::kUpdate) return invalid("7.3: source of an Update's leaf");
  if (leaf.encryption_key == replaced->encryption_key) {
    return invalid("7.3: an Update keeps its encryption key");
  }
  if (auto ok = check_encryption_key(leaf.encryption_key); !ok) return ok;
  return leaf.verify_signature({group.context().group_id, LeafIndex{sender.index}});
}

// 12.1.4
Result<void> check_psk(const PreSharedKeyId& psk) {
  // Re-initialisation and branching found groups of their own; no commit of this one is part of it.
  if (psk.type == PskType::kResumption && psk.usage != ResumptionUsage::kApplication) {
    return invalid("12.1.4: a resumption PSK of another usage");
  }
  if (psk.nonce.size() != kNonce) return invalid("12.1.4: length of a PSK's nonce");
  return {};
}

// 12.1.7; support by all members is checked on the tree after the list (check_tree_after in
// apply_proposals.cpp).
Result<void> check_context_extensions(const GroupContextExtensions& proposal) {
  if (auto senders = external_senders(proposal.extensions); !senders) {
    return std::unexpected(senders.error());
  }
  const Bytes* required = find(proposal.extensions, ExtensionType::kRequiredCapabilities);
  if (required != nullptr && !decode<RequiredCapabilities>(*required)) {
    return invalid("11.1: required_capabilities");
  }
  return {};
}

template <class T>
std::size_t count(const std::vector<ResolvedProposal>& proposals) {
  return static_cast<std::size_t>(std::count_if(
      proposals.begin(), proposals.end(),
      [](const ResolvedProposal& each) { return std::holds_alternative<T>(each.proposal.value); }));
}

// 12.2: at most one Update or Remove for a leaf.
Result<void> check_one_change_a_leaf(const std::vector<ResolvedProposal>& proposals) {
  std::vector<std::uint32_t> touched;
  for (const ResolvedProposal& each : proposals) {
    if (const auto* remove = std::get_if<Remove>(&each.proposal.value)) {
      touched.push_back(raw(remove->removed));
    } else if (std::holds_alternative<Update>(each.proposal.value)) {
      touched.push_back(each.sender.index);
    }
  }
  sort(touched);
  if (std::adjacent_find(touched.begin(), touched.end()) != touched.end()) {
    return invalid("12.2: two Updates or Removes of one leaf");
  }
  return {};
}

// 12.2: each PreSharedKeyID once.
Result<void> check_each_psk_once(const std::vector<ResolvedProposal>& proposals) {
  for (auto one = proposals.begin(); one != proposals.end(); ++one) {
    const auto* psk = std::get_if<PreSharedKey>(&one->proposal.value);
    if (psk == nullptr) continue;
    if (std::any_of(std::next(one), proposals.end(), [&](const ResolvedProposal& other) {
          const auto* another = std::get_if<PreSharedKey>(&other.proposal.value);
          return another != nullptr && *another == *psk;
        })) {
      return invalid("12.2: a PSK twice");
    }
  }
  return {};
}

// 12.2, for a commit of a member.
Result<void> check_members_list(const std::vector<ResolvedProposal>& proposals,
                                const Sender& committer) {
  if (count<ExternalInit>(proposals) != 0) return invalid("12.2: an ExternalInit of a member");
  if (count<GroupContextExtensions>(proposals) > 1) {
    return invalid("12.2: two GroupContextExtensions");
  }
  if (count<ReInit>(proposals) != 0 && proposals.size() != 1) {
    return invalid("12.2: a ReInit with other proposals");
  }
  for (const ResolvedProposal& each : proposals) {
    const auto* remove = std::get_if<Remove>(&each.proposal.value);
    if (remove != nullptr && raw(remove->removed) == committer.index) {
      return invalid("12.2: the committer removes itself");
    }
    if (std::holds_alternative<Update>(each.proposal.value) && each.sender == committer) {
      return invalid("12.2: the committer's own Update");
    }
  }
  return check_one_change_a_leaf(proposals);
}

}  // namespace

Result<void> check_proposer(const Proposal& proposal, const Sender& sender) {
  const ProposalType type = proposal.type();
  switch (sender.type) {
    case SenderType::kMember:
      if (type == ProposalType::kExternalInit) return invalid("12.1.6: a proposed ExternalInit");
      return {};
    case SenderType::kExternal:
      if (type == ProposalType::kUpdate || type == ProposalType::kExternalInit) {
        return invalid("12.1.8: not to be proposed from outside");
      }
      return {};
    case SenderType::kNewMemberProposal:
      if (type != ProposalType::kAdd) return invalid("6.1: a newcomer proposes an Add only");
      return {};
    case SenderType::kNewMemberCommit:
      break;
  }
  return invalid("6.1: this sender commits only");
}

Result<void> check_proposal(const PublicGroup& group, const Proposal& proposal,
                            const Sender& sender) {
  if (const auto* add = std::get_if<Add>(&proposal.value)) return check_add(*add);
  if (const auto* update = std::get_if<Update>(&proposal.value)) {
    return check_update(group, *update, sender);
  }
  if (const auto* remove = std::get_if<Remove>(&proposal.value)) {
    if (group.tree().leaf(remove->removed) == nullptr) return invalid("12.1.3: a blank leaf");
    return {};
  }
  if (const auto* psk = std::get_if<PreSharedKey>(&proposal.value)) return check_psk(psk->psk);
  if (const auto* reinit = std::get_if<ReInit>(&proposal.value)) {
    if (reinit->version < group.context().version) return invalid("12.1.5: an older version");
    return {};
  }
  if (const auto* init = std::get_if<ExternalInit>(&proposal.value)) {
    if (init->kem_output.size() != kKemOutput) return invalid("12.1.6: length of a KEM output");
    return {};
  }
  return check_context_extensions(std::get<GroupContextExtensions>(proposal.value));
}

Result<void> check_proposal_list(const PublicGroup& group,
                                 const std::vector<ResolvedProposal>& proposals,
                                 const Sender& committer) {
  // What costs no verification first.
  auto list = committer.type == SenderType::kNewMemberCommit
                  ? check_external_list(proposals)
                  : check_members_list(proposals, committer);
  if (!list) return list;
  if (auto ok = check_each_psk_once(proposals); !ok) return ok;
  for (const ResolvedProposal& each : proposals) {
    if (auto ok = check_proposal(group, each.proposal, each.sender); !ok) return ok;
  }
  return {};
}

}  // namespace xom::mls
