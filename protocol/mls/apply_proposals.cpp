// RFC 9420, section 12.3: a list of proposals applied, and the tree after it judged (12.2, 7.3).
#include <algorithm>

#include "protocol/base/rule.h"
#include "protocol/mls/key_index.h"
#include "protocol/mls/proposal_validation.h"
#include "protocol/mls/public_group.h"
#include "protocol/mls/tree_validation.h"

namespace xom::mls {

namespace {

using Proposals = std::vector<ResolvedProposal>;

// Calls `use` with each proposal of one type, in the list's order.
template <class T, class Use>
Result<void> each_of(const Proposals& proposals, Use use) {
  for (const ResolvedProposal& each : proposals) {
    const auto* value = std::get_if<T>(&each.proposal.value);
    if (value == nullptr) continue;
    if (Result<void> ok = use(*value, each.sender); !ok) return ok;
  }
  return {};
}

// 12.3, in its order. Of the leaves only what the tree needs is looked at.
Result<void> apply_to_tree(const Proposals& proposals, PublicGroup::Applied& to) {
  auto done = each_of<GroupContextExtensions>(
      proposals, [&](const GroupContextExtensions& change, const Sender&) -> Result<void> {
        to.extensions = change.extensions;
        return {};
      });
  if (!done) return done;
  done = each_of<Update>(proposals, [&](const Update& update, const Sender& by) -> Result<void> {
    const LeafIndex leaf{by.index};
    to.tree.update(leaf, update.leaf_node);
    to.updated.push_back(leaf);
    return {};
  });
  if (!done) return done;
  done = each_of<Remove>(proposals, [&](const Remove& remove, const Sender&) -> Result<void> {
    to.removed.push_back(remove.removed);
    return {};
  });
  if (!done) return done;
  for (const LeafIndex leaf : to.removed) {
    // A tree that shrank has no such leaf any more; then it is blank already.
    if (to.tree.leaf(leaf) != nullptr) to.tree.remove(leaf);
  }
  return each_of<Add>(proposals, [&](const Add& add, const Sender&) -> Result<void> {
    auto leaf = to.tree.add(add.key_package.leaf_node);
    if (!leaf) return std::unexpected(leaf.error());
    to.added.push_back(*leaf);
    return {};
  });
}

void note_what_is_not_in_the_tree(const Proposals& proposals, PublicGroup::Applied& to) {
  for (const ResolvedProposal& each : proposals) {
    if (const auto* psk = std::get_if<PreSharedKey>(&each.proposal.value)) {
      to.psks.push_back(psk->psk);
    } else if (const auto* init = std::get_if<ExternalInit>(&each.proposal.value)) {
      to.external_init = init->kem_output;
    } else if (std::holds_alternative<ReInit>(each.proposal.value)) {
      to.reinit = true;
    }
  }
}

LeafIndex leftmost_blank(const RatchetTree& tree) {
  std::uint32_t index = 0;
  while (index < tree.size().leaves && tree.leaf(LeafIndex{index}) != nullptr) ++index;
  return LeafIndex{index};
}

// 12.2, 7.3: a leaf that came by a proposal, in the tree after all of them. Credential types need
// no look at the others: check_leaf() lets one type pass, which every leaf supports.
Result<void> check_new_leaf(const PublicGroup::Applied& in, LeafIndex index,
                            LeafNodeSource source) {
  const LeafNode& leaf = *in.tree.leaf(index);
  if (auto ok = check_leaf(leaf, source, in.extensions); !ok) return ok;
  if (!enforced(Rule::kLeafKeysUnique)) return {};
  if (in.keys->count_signature_key(in.tree, leaf.signature_key) != 1) {
    return fail(ErrorCode::kMalformed, "12.2, 7.3: a signature key that another leaf holds");
  }
  if (in.keys->count_encryption_key(in.tree, leaf.encryption_key) != 1) {
    return fail(ErrorCode::kMalformed, "12.2, 7.3: an encryption key that another node holds");
  }
  return {};
}

Result<void> check_tree_after(const PublicGroup::Applied& in, bool context_changed) {
  for (const LeafIndex leaf : in.added) {
    if (auto ok = check_new_leaf(in, leaf, LeafNodeSource::kKeyPackage); !ok) return ok;
  }
  for (const LeafIndex leaf : in.updated) {
    if (auto ok = check_new_leaf(in, leaf, LeafNodeSource::kUpdate); !ok) return ok;
  }
  // 12.1.7, 13.4: another context is judged by all members, those added included.
  if (context_changed) {
    for (const LeafIndex leaf : in.tree.members()) {
      if (auto ok = check_support(in.tree.leaf(leaf)->capabilities, in.extensions); !ok) {
        return std::unexpected(ok.error().during("12.1.7"));
      }
    }
  }
  return {};
}

}  // namespace

Result<PublicGroup::Applied> PublicGroup::apply(const std::vector<ResolvedProposal>& proposals,
                                                const Sender& committer) const {
  // 12.4.2
  if (ended_) return fail(ErrorCode::kNotPermitted, "12.4.2: the group has ended by a ReInit");
  if (signature_key(committer) == nullptr && committer.type != SenderType::kNewMemberCommit) {
    return fail(ErrorCode::kMalformed, "6.1: the committer is no member");
  }
  if (committer.type != SenderType::kMember && committer.type != SenderType::kNewMemberCommit) {
    return fail(ErrorCode::kMalformed, "6.1: this sender cannot commit");
  }
  if (auto ok = check_proposal_list(*this, proposals, committer); !ok) {
    return std::unexpected(ok.error());
  }
  Applied applied;
  applied.tree = tree_;
  applied.extensions = context_.extensions;
  if (auto ok = apply_to_tree(proposals, applied); !ok) return std::unexpected(ok.error());
  note_what_is_not_in_the_tree(proposals, applied);
  applied.keys = std::make_shared<KeyIndex>(*keys_);
  for (const auto* leaves : {&applied.updated, &applied.removed, &applied.added}) {
    for (const LeafIndex leaf : *leaves) applied.keys->follow(applied.tree, leaf);
  }
  const bool context_changed =
      std::any_of(proposals.begin(), proposals.end(), [](const ResolvedProposal& each) {
        return std::holds_alternative<GroupContextExtensions>(each.proposal.value);
      });
  if (auto ok = check_tree_after(applied, context_changed); !ok) {
    return std::unexpected(ok.error());
  }
  if (committer.type == SenderType::kNewMemberCommit) {
    applied.external_leaf = leftmost_blank(applied.tree);
  }
  return applied;
}

}  // namespace xom::mls
