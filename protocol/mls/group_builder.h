// What the implementation of group.h shares among its files.
#pragma once

#include "protocol/mls/group.h"

namespace xom::mls {

// 8.4: of a commit's or Welcome's pre-shared keys, in their order. kNotFound: one is unknown.
[[nodiscard]] Result<Secret> find_psk_secret(const std::vector<PreSharedKeyId>& ids,
                                             const PskSource& psks);
// The lowest node that has both leaves below it.
[[nodiscard]] NodeIndex common_ancestor(LeafIndex a, LeafIndex b, TreeSize size);

// A commit that is to be made, by a member or from outside.
struct CommitPlan {
  const PublicGroup& before;
  const Secret& init_secret;
  const Secret* membership_key;  // null: from outside
  Sender sender;
  Commit commit;                            // without a path
  std::vector<ResolvedProposal> proposals;  // what the commit's entries stand for
  LeafNode leaf;                            // what the leaf of a path takes over
  TreePrivateKeys keys;                     // of the epoch before; unused from outside
  bool force_path;
  Bytes authenticated_data;
};

// What a Welcome tells about the epoch that its readers enter.
struct WelcomeFacts {
  const GroupInfo& group_info;
  const Secret& joiner_secret;
  const Secret& psk_secret;
  const std::vector<PreSharedKeyId>& psks;
  const RatchetTree& tree;
  LeafIndex committer;
  const std::vector<Secret>* path_secrets;  // null: the commit has no path
  const std::vector<LeafIndex>& added;
  const std::vector<ResolvedProposal>& proposals;  // its Adds in the order of `added`
};
// 12.4.3.1: one Welcome for all newcomers of a commit.
[[nodiscard]] Result<Welcome> make_welcome(const WelcomeFacts& facts, crypto::Random& random);

class GroupBuilder {
 public:
  // The state at the beginning of an epoch.
  [[nodiscard]] static Group enter(PublicGroup group, TreePrivateKeys keys, EpochSecrets secrets);
  // 12.4.1
  [[nodiscard]] static Result<Group::Made> make_commit(CommitPlan plan, const PskSource& psks,
                                                       const Policy& policy, Signed by);
  // 11: the first epoch's tag and interim transcript hash.
  static void confirm_first_epoch(PublicGroup& group, const Secret& confirmation_key);
};

}  // namespace xom::mls
