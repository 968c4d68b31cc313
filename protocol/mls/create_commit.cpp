// RFC 9420, section 12.4.1: making a commit.
#include <algorithm>

#include "protocol/base/rule.h"
#include "protocol/mls/commit_validation.h"
#include "protocol/mls/group_builder.h"
#include "protocol/mls/limits.h"
#include "protocol/mls/message_protection.h"
#include "protocol/mls/transcript_hash.h"

namespace xom::mls {

namespace {

using Pending = std::pair<Hash, ResolvedProposal>;

void append(CommitPlan& plan, const Pending& pending) {
  plan.commit.proposals.push_back({pending.first});
  plan.proposals.push_back(pending.second);
}

// 12.2: a Remove goes before an Update of the same leaf, anything goes before a ReInit.
int rank(const Pending& pending) {
  switch (pending.second.proposal.type()) {
    case ProposalType::kRemove:
      return 0;
    case ProposalType::kUpdate:
      return 1;
    case ProposalType::kReInit:
      return 3;
    default:
      return 2;
  }
}

bool is_usable(const Pending& pending, const PskSource& psks) {
  const auto* psk = std::get_if<PreSharedKey>(&pending.second.proposal.value);
  return !psk || psks.find(psk->psk);
}

// 12.4: all that others proposed and that is valid together; of two that exclude each other the
// one that 12.2 prefers, of two Updates the later one.
void include_pending(CommitPlan& plan, const PskSource& psks) {
  std::vector<const Pending*> candidates;
  for (const Pending& pending : plan.before.pending()) {
    if (is_usable(pending, psks)) candidates.push_back(&pending);
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Pending* a, const Pending* b) { return rank(*a) < rank(*b); });
  const auto is_update = [](const Pending* p) { return rank(*p) == 1; };
  const auto updates = std::find_if(candidates.begin(), candidates.end(), is_update);
  std::reverse(updates, std::find_if_not(updates, candidates.end(), is_update));
  if (plan.commit.proposals.size() + candidates.size() > kMaxCommitProposals) {
    candidates.resize(kMaxCommitProposals - plan.commit.proposals.size());
  }

  const std::size_t by_value = plan.proposals.size();
  for (const Pending* pending : candidates) append(plan, *pending);
  if (plan.before.apply(plan.proposals, plan.sender)) return;
  plan.commit.proposals.resize(by_value);
  plan.proposals.resize(by_value);
  for (const Pending* pending : candidates) {
    append(plan, *pending);
    if (plan.before.apply(plan.proposals, plan.sender)) continue;
    plan.commit.proposals.pop_back();
    plan.proposals.pop_back();
  }
}

// The commit without its tag, and what only its maker knows.
struct Draft {
  AuthenticatedContent content;
  PublicGroup::Applied applied;
  GroupContext context;  // of the new epoch
  LeafIndex self{0};
  std::optional<NewPath> path;
};

Result<void> add_path(Draft& draft, CommitPlan& plan, Signed by) {
  RatchetTree& tree = draft.applied.tree;
  const GroupContext& old = plan.before.context();
  // The joiner's place may lie outside of the tree as it was (12.4.3.2).
  if (draft.applied.external_leaf && !tree.leaf(draft.self)) {
    const auto place = tree.add(plan.leaf);
    if (!place) return std::unexpected(place.error());
  }
  auto path = make_path(tree, {old.group_id, draft.self, by.signer}, plan.leaf, by.random);
  if (!path) return std::unexpected(path.error());
  const Hash tree_hash = tree.tree_hash();
  draft.context.tree_hash.assign(tree_hash.bytes.begin(), tree_hash.bytes.end());
  auto sealed = encrypt_path(tree, *path, draft.applied.added, draft.context, by.random);
  if (!sealed) return std::unexpected(sealed.error());
  plan.commit.path = std::move(*sealed);
  draft.path = std::move(*path);
  return {};
}

Result<Draft> draft_commit(CommitPlan& plan, Signed by) {
  auto applied = plan.before.apply(plan.proposals, plan.sender);
  if (!applied) return std::unexpected(applied.error());
  const GroupContext& old = plan.before.context();
  Draft draft{{}, std::move(*applied), old, plan.keys.self, {}};
  if (draft.applied.external_leaf) draft.self = *draft.applied.external_leaf;
  draft.context.epoch = Epoch{raw(old.epoch) + 1};
  draft.context.extensions = draft.applied.extensions;
  const Hash tree_hash = draft.applied.tree.tree_hash();
  draft.context.tree_hash.assign(tree_hash.bytes.begin(), tree_hash.bytes.end());
  if ((is_path_required(plan.proposals) && enforced(Rule::kPathRequired)) || plan.force_path) {
    if (auto added = add_path(draft, plan, by); !added) return std::unexpected(added.error());
  }
  draft.content = sign_content(
      WireFormat::kPublicMessage,
      {old.group_id, old.epoch, plan.sender, plan.authenticated_data, std::move(plan.commit)},
      by.signer, old);
  const Hash confirmed =
      confirmed_transcript_hash(plan.before.interim_transcript_hash(), draft.content);
  draft.context.confirmed_transcript_hash.assign(confirmed.bytes.begin(), confirmed.bytes.end());
  return draft;
}

}  // namespace

Result<Group::Made> GroupBuilder::make_commit(CommitPlan plan, const PskSource& psks,
                                              const Policy& policy, Signed by) {
  auto draft = draft_commit(plan, by);
  if (!draft) return std::unexpected(draft.error());
  auto psk = find_psk_secret(draft->applied.psks, psks);
  if (!psk) return std::unexpected(psk.error());
  const Secret commit_secret = draft->path ? std::move(draft->path->commit_secret) : Secret();
  const Secret joiner = joiner_secret(plan.init_secret, commit_secret, draft->context);
  EpochSecrets secrets = epoch_secrets(joiner.view(), *psk, draft->context);
  draft->content.auth.confirmation_tag =
      mls::confirmation_tag(secrets.confirmation_key, draft->context.confirmed_transcript_hash);

  // Judged as by everybody else, signatures included: what others would refuse is never sent.
  auto staged = plan.before.stage(draft->content, policy);
  if (!staged) return std::unexpected(staged.error());
  if (staged->after->context() != draft->context) {
    return fail(ErrorCode::kInternal, "12.4.1: a commit is read in another way than it was made");
  }
  TreePrivateKeys keys;
  if (draft->path) {
    keys = std::move(draft->path->private_keys);
  } else {
    keys = std::move(plan.keys);
    keys.forget_changed(plan.before.tree(), staged->after->tree());
  }
  Group next = enter(*staged->after, std::move(keys), std::move(secrets));
  GroupInfo info = next.group_info(by.signer);
  std::optional<Welcome> welcome;
  if (!draft->applied.added.empty()) {
    auto made = make_welcome(
        {info, joiner, *psk, draft->applied.psks, staged->after->tree(), draft->self,
         draft->path ? &draft->path->path_secrets : nullptr, draft->applied.added, plan.proposals},
        by.random);
    if (!made) return std::unexpected(made.error());
    welcome = std::move(*made);
  }
  const Secret none;
  PublicMessage message =
      protect_public(std::move(draft->content), plan.membership_key ? *plan.membership_key : none,
                     plan.before.context());
  return Group::Made{std::move(next), std::move(message), std::move(info), std::move(welcome)};
}

Result<Group::Made> Group::commit(const CommitOptions& options, const PskSource& psks,
                                  const Policy& policy, Signed by) const {
  if (options.proposals.size() > kMaxCommitProposals) {
    return fail(ErrorCode::kTooLarge, "12.4: too many proposals in one commit");
  }
  const Sender sender{SenderType::kMember, raw(self())};
  CommitPlan plan{public_,
                  secrets_->init,
                  &secrets_->membership_key,
                  sender,
                  {},
                  {},
                  *public_.tree().leaf(self()),
                  private_keys_,
                  options.force_path,
                  options.authenticated_data};
  for (const Proposal& proposal : options.proposals) {
    plan.commit.proposals.push_back({proposal});
    plan.proposals.push_back({proposal, sender, false});
  }
  if (options.include_pending) include_pending(plan, psks);
  if (options.leaf_extensions) plan.leaf.extensions = *options.leaf_extensions;
  return GroupBuilder::make_commit(std::move(plan), psks, policy, by);
}

}  // namespace xom::mls
