// Rules of RFC 9420 that a public group enforces on a commit.
#include "tests/protocol/mls/mls_world.h"
#include "tests/protocol/rules/rule_cases.h"

namespace xom::rules {

namespace {

using mls::testing::CommitDraft;
using mls::testing::MlsWorld;

Result<void> verdict(const Result<mls::StagedCommit>& staged) {
  if (!staged) return std::unexpected(staged.error());
  return {};
}

// MLS.md, trap 1: without a path the removed member can follow into the next epoch.
Result<void> remove_one(bool path) {
  MlsWorld world(4);
  CommitDraft draft;
  draft.proposals = {{MlsWorld::remove(2)}};
  draft.path = path;
  return verdict(world.stage(world.commit(0, draft)));
}

// MLS.md, trap 2: somebody enters by an external commit and removes leaf 1.
Result<void> enter_and_remove(std::uint32_t person) {
  MlsWorld world(4);
  CommitDraft draft;
  draft.proposals = {{MlsWorld::external_init()}, {MlsWorld::remove(1)}};
  return verdict(world.stage(world.external_commit(person, draft)));
}

Result<void> add(std::uint32_t person) {
  MlsWorld world(4);
  CommitDraft draft;
  draft.proposals = {{world.add(person)}};
  return verdict(world.stage(world.commit(0, draft)));
}

// The leaf of a path takes an encryption key.
Result<void> path_with_key(bool anothers) {
  MlsWorld world(4);
  CommitDraft draft;
  draft.change_leaf = [&](mls::LeafNode& leaf) {
    leaf.encryption_key = anothers ? world.group().tree().leaf(mls::LeafIndex{2})->encryption_key
                                   : world.encryption_key();
  };
  return verdict(world.stage(world.commit(0, draft)));
}

Result<void> path_with_parent_hash(bool wrong) {
  MlsWorld world(4);
  CommitDraft draft;
  if (wrong) draft.change_leaf = [](mls::LeafNode& leaf) { leaf.parent_hash[0] ^= 1; };
  return verdict(world.stage(world.commit(0, draft)));
}

Result<void> commit_signed(bool wrong) {
  MlsWorld world(4);
  CommitDraft draft;
  if (wrong) {
    draft.change_signed = [](mls::AuthenticatedContent& content) {
      content.auth.signature[0] ^= 1;
    };
  }
  return verdict(world.stage(world.commit(0, draft)));
}

Result<void> path_leaf_signed(bool wrong) {
  MlsWorld world(4);
  CommitDraft draft;
  if (wrong) {
    draft.change_path = [](mls::UpdatePath& path) { path.leaf_node.signature[0] ^= 1; };
  }
  return verdict(world.stage(world.commit(0, draft)));
}

}  // namespace

std::vector<RuleCase> commit_cases() {
  return {
      {Rule::kPathRequired, "RemoveWithoutAPath", [] { return remove_one(false); },
       [] { return remove_one(true); }},
      {Rule::kExternalRemovesOwnOnly, "StrangerThatRemovesAMember",
       [] { return enter_and_remove(50); }, [] { return enter_and_remove(1); }},
      {Rule::kLeafKeysUnique, "AddOfAMember", [] { return add(2); }, [] { return add(50); }},
      {Rule::kLeafKeysUnique, "PathWithAnothersKey", [] { return path_with_key(true); },
       [] { return path_with_key(false); }},
      {Rule::kParentHashes, "PathWithAWrongParentHash", [] { return path_with_parent_hash(true); },
       [] { return path_with_parent_hash(false); }},
      {Rule::kContentSignature, "CommitWithAWrongSignature", [] { return commit_signed(true); },
       [] { return commit_signed(false); }},
      {Rule::kLeafSignature, "PathLeafWithAWrongSignature", [] { return path_leaf_signed(true); },
       [] { return path_leaf_signed(false); }},
  };
}

}  // namespace xom::rules
