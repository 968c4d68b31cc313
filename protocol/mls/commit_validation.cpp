// PublicGroup::stage(): a commit judged, and the state after it. What needs secrets (tags, path
// secrets, PSKs) is process_commit.cpp's.
#include "protocol/mls/commit_validation.h"

#include <algorithm>

#include "protocol/base/rule.h"
#include "protocol/base/sort.h"
#include "protocol/mls/external_commit_validation.h"
#include "protocol/mls/hpke_public_key.h"
#include "protocol/mls/key_index.h"
#include "protocol/mls/message_protection.h"
#include "protocol/mls/proposal_validation.h"
#include "protocol/mls/public_group.h"
#include "protocol/mls/transcript_hash.h"

namespace xom::mls {

namespace {

constexpr std::size_t kTag = 32;

std::unexpected<Error> invalid(const char* message) { return fail(ErrorCode::kMalformed, message); }

// 12.4, 5.2: references are looked up among what was proposed in this epoch.
Result<std::vector<ResolvedProposal>> resolve(const PublicGroup& group, const Commit& commit,
                                              const Sender& committer) {
  std::vector<ResolvedProposal> resolved;
  resolved.reserve(commit.proposals.size());
  for (const ProposalOrRef& each : commit.proposals) {
    if (const auto* proposal = std::get_if<Proposal>(&each.value)) {
      resolved.push_back({*proposal, committer, false});
      continue;
    }
    const Hash& reference = std::get<Hash>(each.value);
    const auto& pending = group.pending();
    const auto found = std::find_if(pending.begin(), pending.end(),
                                    [&](const auto& one) { return one.first == reference; });
    if (found == pending.end()) {
      return fail(ErrorCode::kNotFound, "12.4: a reference to an unknown proposal");
    }
    resolved.push_back(found->second);
  }
  return resolved;
}

// The leaf that a path replaces: the committer's, or the one that an external commit removes.
const LeafNode* replaced_leaf(const PublicGroup& before, const StagedCommit& staged) {
  if (!staged.external) return before.tree().leaf(staged.committer);
  return staged.removed.empty() ? nullptr : before.tree().leaf(staged.removed.front());
}

// 12.4.2, 7.3: the path's leaf.
Result<void> check_path_leaf(const PublicGroup& before, const StagedCommit& staged,
                             const LeafNode& leaf, const Extensions& extensions) {
  const LeafNode* replaced = replaced_leaf(before, staged);
  if (auto ok = check_leaf(leaf, LeafNodeSource::kCommit, extensions); !ok) return ok;
  if (auto ok = check_encryption_key(leaf.encryption_key); !ok) return ok;
  if (replaced != nullptr && replaced->encryption_key == leaf.encryption_key) {
    return invalid("12.4.2: the path keeps the leaf's encryption key");
  }
  if (staged.external) {
    if (auto ok = check_external_remove(replaced, leaf); !ok) return ok;
  }
  return leaf.verify_signature({before.context().group_id, staged.committer});
}

// 12.4.2, 7.3: the path's keys are new. `provisional`: after the proposals, before the path.
Result<void> check_path_keys(const PublicGroup::Applied& provisional, const StagedCommit& staged,
                             const UpdatePath& path) {
  std::vector<ByteView> keys{path.leaf_node.encryption_key};
  for (const UpdatePathNode& node : path.nodes) {
    if (auto ok = check_encryption_key(node.encryption_key); !ok) return ok;
    keys.emplace_back(node.encryption_key);
  }
  if (!enforced(Rule::kLeafKeysUnique)) return {};
  if (!provisional.keys->all_new(provisional.tree, keys)) {
    return invalid("12.4.2: a key of the path is in the tree already");
  }
  sort(keys, [](ByteView a, ByteView b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  });
  if (std::adjacent_find(keys.begin(), keys.end(), [](ByteView a, ByteView b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end());
      }) != keys.end()) {
    return invalid("12.4.2: a key twice in the path");
  }
  const Bytes& signature_key = path.leaf_node.signature_key;
  const LeafNode* own = staged.external ? nullptr : provisional.tree.leaf(staged.committer);
  const std::size_t own_uses = own != nullptr && own->signature_key == signature_key ? 1 : 0;
  if (provisional.keys->count_signature_key(provisional.tree, signature_key) != own_uses) {
    return invalid("7.3: the path's signature key is another leaf's");
  }
  return {};
}

// 7.6: as many nodes as the filtered direct path, for each as many ciphertexts as there are nodes
// to seal to. `tree`: with the committer's leaf, before the merge.
Result<void> check_path_shape(const RatchetTree& tree, const StagedCommit& staged,
                              const UpdatePath& path) {
  const auto steps = tree.filtered_direct_path(staged.committer);
  const auto& nodes = path.nodes;
  if (nodes.size() != steps.size()) return invalid("7.6: wrong number of nodes in the path");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t sealed_to = tree.resolution_size(steps[i].copath_child, staged.added);
    if (nodes[i].encrypted_path_secret.size() != sealed_to) {
      return invalid("7.6: wrong number of ciphertexts in the path");
    }
  }
  return {};
}

// 12.4.2: validates the path and merges it.
Result<void> apply_path(const PublicGroup& before, const StagedCommit& staged,
                        const UpdatePath& path, PublicGroup::Applied& provisional) {
  if (auto ok = check_path_leaf(before, staged, path.leaf_node, provisional.extensions); !ok)
    return ok;
  if (auto ok = check_path_keys(provisional, staged, path); !ok) return ok;
  if (staged.external) {
    if (auto leaf = provisional.tree.add(path.leaf_node); !leaf) {
      return std::unexpected(leaf.error());
    }
  }
  if (auto ok = check_path_shape(provisional.tree, staged, path); !ok) return ok;
  // 7.9.2: the parent hash of the leaf too.
  if (auto ok = provisional.tree.merge_path(staged.committer, path); !ok) return ok;
  provisional.keys->follow(provisional.tree, staged.committer);
  return {};
}

// 6.1: a commit is signed by a member's leaf, or by the leaf that an external commit brings.
Result<const Bytes*> committer_key(const PublicGroup& group, const Sender& sender,
                                   const Commit& commit) {
  if (sender.type == SenderType::kNewMemberCommit) {
    if (!commit.path) return invalid("12.4.3.2: an external commit without a path");
    return &commit.path->leaf_node.signature_key;
  }
  if (sender.type != SenderType::kMember) return invalid("6.1: this sender cannot commit");
  const Bytes* key = group.signature_key(sender);
  if (key == nullptr) return invalid("6.1: the committer is no member");
  return key;
}

}  // namespace

bool is_path_required(const std::vector<ResolvedProposal>& proposals) {
  return proposals.empty() ||
         std::any_of(proposals.begin(), proposals.end(), [](const ResolvedProposal& each) {
           const ProposalType type = each.proposal.type();
           return type != ProposalType::kAdd && type != ProposalType::kPreSharedKey &&
                  type != ProposalType::kReInit;
         });
}

Result<StagedCommit> PublicGroup::stage(AuthenticatedContent content, const Policy& policy) const {
  const FramedContent& framed = content.content;
  if (auto ok = check_epoch(framed.group_id, framed.epoch); !ok) {
    return std::unexpected(ok.error());
  }
  const auto* commit = std::get_if<Commit>(&framed.content);
  if (commit == nullptr) return invalid("12.4: no commit");
  if (content.auth.confirmation_tag.size() != kTag) return invalid("6.1: confirmation tag");
  const auto key = committer_key(*this, framed.sender, *commit);
  if (!key) return std::unexpected(key.error());
  const ContentBytes bytes(content.wire_format, framed, context_);
  if (auto ok = bytes.verify(**key, content.auth.signature); !ok) {
    return std::unexpected(ok.error());
  }

  StagedCommit staged;
  staged.external = framed.sender.type == SenderType::kNewMemberCommit;
  auto proposals = resolve(*this, *commit, framed.sender);
  if (!proposals) return std::unexpected(proposals.error());
  auto applied = apply(*proposals, framed.sender);
  if (!applied) return std::unexpected(applied.error());
  if (enforced(Rule::kPathRequired) && is_path_required(*proposals) && !commit->path) {
    return invalid("12.4: a path is required");
  }
  staged.committer = staged.external ? *applied->external_leaf : LeafIndex{framed.sender.index};
  staged.proposals = std::move(*proposals);
  staged.added = std::move(applied->added);
  staged.removed = std::move(applied->removed);
  staged.updated = std::move(applied->updated);
  staged.psks = std::move(applied->psks);
  staged.external_init = std::move(applied->external_init);
  staged.reinit = applied->reinit;
  if (commit->path) {
    if (auto ok = apply_path(*this, staged, *commit->path, *applied); !ok)
      return std::unexpected(ok.error());
  }

  auto after = std::make_shared<PublicGroup>();
  after->tree_ = std::move(applied->tree);
  after->keys_ = std::move(applied->keys);
  GroupContext& context = after->context_;
  context = context_;
  context.epoch = Epoch{raw(context_.epoch) + 1};
  const Hash tree_hash = after->tree_.tree_hash();
  context.tree_hash.assign(tree_hash.bytes.begin(), tree_hash.bytes.end());
  context.extensions = std::move(applied->extensions);
  staged.path_context = context;
  // 8.2
  const Hash confirmed = confirmed_transcript_hash(
      interim_transcript_hash_, bytes.format_and_content(), content.auth.signature);
  context.confirmed_transcript_hash.assign(confirmed.bytes.begin(), confirmed.bytes.end());
  if (auto ok = after->adopt_tag(content.auth.confirmation_tag); !ok) {
    return std::unexpected(ok.error());
  }
  after->ended_ = staged.reinit;
  staged.after = std::move(after);
  staged.authenticated_data = std::move(content.content.authenticated_data);
  staged.commit = std::move(std::get<Commit>(content.content.content));
  if (auto ok = policy.judge(*this, staged); !ok) return std::unexpected(ok.error());
  return staged;
}

}  // namespace xom::mls
