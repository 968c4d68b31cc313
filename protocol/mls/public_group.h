// A group as somebody sees it who holds no secret: a delivery service, or the public half of a
// member's own state. Every rule that needs no secret is checked here, once, for both. A value.
#pragma once

#include "protocol/mls/framing.h"
#include "protocol/mls/ratchet_tree.h"
#include "protocol/mls/state_records.h"

namespace xom::mls {

class PublicGroup;
class KeyIndex;  // key_index.h

struct ResolvedProposal {
  Proposal proposal;
  Sender sender;  // who proposed it
  bool by_reference = false;
};

// A commit that passed every public rule, and what it makes of the group.
struct StagedCommit {
  LeafIndex committer{0};  // of an external commit: the leaf that it adds
  bool external = false;
  Bytes authenticated_data;
  Commit commit;
  std::vector<ResolvedProposal> proposals;  // in the commit's order
  std::vector<LeafIndex> added;             // in the order of the Adds, without an external joiner
  std::vector<LeafIndex> removed, updated;
  std::vector<PreSharedKeyId> psks;
  std::optional<Bytes> external_init;        // kem_output
  bool reinit = false;                       // the group ends with this commit (12.4.2)
  GroupContext path_context;                 // that path secrets are sealed for (7.6)
  std::shared_ptr<const PublicGroup> after;  // never null
};

// Judges a commit by the two states and the commit alone: no clock, no settings, no other log
// (RULES). Every member and the node must come to the same answer.
class Policy {
 public:
  virtual ~Policy() = default;
  [[nodiscard]] virtual Result<void> judge(const PublicGroup& before,
                                           const StagedCommit& commit) const = 0;
};
// Lets everything pass that RFC 9420 lets pass: for its vectors and for tests.
[[nodiscard]] const Policy& no_policy();

// How a tree that came with a GroupInfo is checked.
struct PublicGroupOptions {
  const Bytes* separate_tree = nullptr;  // where the GroupInfo carries no ratchet_tree extension
};

class PublicGroup {
 public:
  // A group's first epoch (11): one leaf.
  [[nodiscard]] static PublicGroup found(ByteView group_id, LeafNode founder, Extensions context);
  // 12.4.3.1: signature of the GroupInfo, tree hash, the whole tree. kBadSignature, kMalformed.
  // group_info_validation.cpp
  [[nodiscard]] static Result<PublicGroup> from_group_info(const GroupInfo& info,
                                                           const PublicGroupOptions& options);

  [[nodiscard]] const GroupContext& context() const { return context_; }
  [[nodiscard]] Epoch epoch() const { return context_.epoch; }
  [[nodiscard]] const RatchetTree& tree() const { return tree_; }
  [[nodiscard]] ByteView interim_transcript_hash() const { return interim_transcript_hash_; }
  [[nodiscard]] ByteView confirmation_tag() const { return confirmation_tag_; }
  [[nodiscard]] bool ended() const { return ended_; }  // by ReInit

  // Public key of a sender; null: nobody there (a stranger's is in the message itself).
  [[nodiscard]] const Bytes* signature_key(const Sender& sender) const;

  // Group id and epoch. kNotFound: another group; kStaleEpoch: past, detail is ours; kUnavailable:
  // future, to be held back until the commit came (detail: the message's epoch).
  [[nodiscard]] Result<void> check_epoch(ByteView group_id, Epoch epoch) const;

  // A proposal that a later commit may refer to (12.1): its signature, what its sender may propose
  // at all, and what it says of itself are verified here. Errors: as stage(); kTooLarge above
  // kMaxPendingProposals. The same proposal again changes nothing.
  [[nodiscard]] Result<PublicGroup> with_proposal(const AuthenticatedContent& content) const;
  [[nodiscard]] const std::vector<std::pair<Hash, ResolvedProposal>>& pending() const {
    return pending_;
  }

  // Signature, 12.2, 12.3, 12.4 and 7.3, 7.9 of a commit, then the policy. Verifies the content's
  // signature, the path's leaf and two signatures for each Add. Errors: as check_epoch(),
  // kBadSignature, kMalformed (a rule of the RFC, named by its section), kNotFound (a reference to
  // an unknown proposal), kNotPermitted (the group has ended), the policy's. Paths are large: move
  // the content in where it is not needed any more. commit_validation.cpp
  [[nodiscard]] Result<StagedCommit> stage(AuthenticatedContent content,
                                           const Policy& policy) const;
  // 12.2 and 12.3 for a commit that is being made: its content is not signed yet, `path` not sealed
  // yet. Gives the tree before the path and what the proposals do. apply_proposals.cpp
  struct Applied;
  [[nodiscard]] Result<Applied> apply(const std::vector<ResolvedProposal>& proposals,
                                      const Sender& committer) const;

  // The GroupInfo that came with the commit `staged` describes exactly its `after`: signature by
  // the committer, context equal, tag equal to the commit's, ratchet_tree equal, an external_pub
  // that can be sealed to (whether the group holds its private key, only members know). kMalformed,
  // kBadSignature. group_info_validation.cpp
  [[nodiscard]] static Result<void> check_group_info(const GroupInfo& info,
                                                     const StagedCommit& staged);

  // Records of kGroup and kTree; with `before` only those that differ, and deletions.
  [[nodiscard]] std::vector<Record> records(const PublicGroup* before = nullptr) const;
  [[nodiscard]] static Result<PublicGroup> load(const std::vector<Record>& records);

 private:
  friend class GroupBuilder;  // creation of commits (create_commit.cpp)
  // Takes over the tag of the epoch that context_ describes (8.2), and who its context names.
  // Members alone can verify it: process_commit.cpp, join_welcome.cpp.
  [[nodiscard]] Result<void> adopt_tag(ByteView tag);

  GroupContext context_;
  RatchetTree tree_;
  Bytes interim_transcript_hash_;
  Bytes confirmation_tag_;
  std::vector<std::pair<Hash, ResolvedProposal>> pending_;
  bool ended_ = false;
  std::shared_ptr<const KeyIndex> keys_;     // of tree_
  std::vector<Bytes> external_sender_keys_;  // of the context's external_senders (12.1.8.1)
};

struct PublicGroup::Applied {
  RatchetTree tree;  // after the proposals, before a path and without an external joiner
  std::shared_ptr<KeyIndex> keys;  // of `tree`
  Extensions extensions;           // of the new context
  std::vector<LeafIndex> added, removed, updated;
  std::vector<PreSharedKeyId> psks;
  std::optional<Bytes> external_init;
  std::optional<LeafIndex> external_leaf;  // where RatchetTree::add() will put the joiner
  bool reinit = false;
};

}  // namespace xom::mls
