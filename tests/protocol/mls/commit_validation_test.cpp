// RFC 9420, section 12.4.2, as far as it needs no secret: what must be refused, and beside it what
// must not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/mls/transcript_hash.h"
#include "protocol/mls/tree_validation.h"
#include "tests/protocol/mls/mls_world.h"
#include "tests/protocol/mls/sealed_change.h"

namespace xom::mls::testing {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StageCommit : public ::testing::Test {
 protected:
  std::string commit(const CommitDraft& draft) {
    return outcome(world.stage(world.commit(0, draft)));
  }
  std::string with_leaf(std::function<void(LeafNode&)> change) {
    CommitDraft draft;
    draft.change_leaf = std::move(change);
    return commit(draft);
  }
  std::string with_path(std::function<void(UpdatePath&)> change) {
    CommitDraft draft;
    draft.change_path = std::move(change);
    return commit(draft);
  }
  std::string with_content(std::function<void(AuthenticatedContent&)> change) {
    CommitDraft draft;
    draft.change_signed = std::move(change);
    return commit(draft);
  }
  // A commit whose content is changed before it is signed again.
  std::string signed_again(std::function<void(FramedContent&)> change) {
    AuthenticatedContent content = world.commit(0, {});
    FramedContent framed = content.content;
    change(framed);
    content = sign_again(std::move(framed));
    return outcome(world.stage(content));
  }
  AuthenticatedContent sign_again(FramedContent framed) {
    AuthenticatedContent content =
        world.sign(framed.sender, world.person(0).signer, std::move(framed.content));
    content.auth.confirmation_tag = Bytes(32, 0x55);
    return content;
  }

  MlsWorld world{6, 3};
};

TEST_F(StageCommit, OfThisEpochAndGroupOnly) {
  EXPECT_EQ(with_content([](AuthenticatedContent&) {}), "");
  const auto with = [&](const std::function<void(FramedContent&)>& change) {
    AuthenticatedContent content = world.commit(0, {});
    change(content.content);
    const auto staged = world.stage(content);
    return staged ? ErrorCode{} : staged.error().code;
  };
  EXPECT_EQ(with([](FramedContent& c) { c.group_id[0] ^= 1; }), ErrorCode::kNotFound);
  EXPECT_EQ(with([](FramedContent& c) { c.epoch = Epoch{raw(c.epoch) - 1}; }),
            ErrorCode::kStaleEpoch);
  EXPECT_EQ(with([](FramedContent& c) { c.epoch = Epoch{raw(c.epoch) + 1}; }),
            ErrorCode::kUnavailable);
}

TEST_F(StageCommit, SignedByItsSender) {
  EXPECT_THAT(with_content([](AuthenticatedContent& c) { c.auth.signature[3] ^= 1; }),
              HasSubstr("5.1.2: bad signature"));
  EXPECT_THAT(with_content([](AuthenticatedContent& c) { c.content.sender.index = 1; }),
              HasSubstr("5.1.2: bad signature"));
  EXPECT_THAT(with_content([](AuthenticatedContent& c) { c.content.authenticated_data = {1}; }),
              HasSubstr("5.1.2: bad signature"));
}

TEST_F(StageCommit, SentByAMemberOrANewcomer) {
  EXPECT_EQ(signed_again([](FramedContent&) {}), "");
  EXPECT_THAT(signed_again([](FramedContent& c) { c.sender.index = 6; }), HasSubstr("6.1"));
  EXPECT_THAT(signed_again([](FramedContent& c) { c.sender.type = SenderType::kExternal; }),
              HasSubstr("6.1"));
  EXPECT_THAT(
      signed_again([](FramedContent& c) { c.sender = {SenderType::kNewMemberProposal, 0}; }),
      HasSubstr("6.1"));
  EXPECT_THAT(signed_again([](FramedContent& c) { c.content = ApplicationData{}; }),
              HasSubstr("12.4: no commit"));
  EXPECT_THAT(with_content([](AuthenticatedContent& c) { c.auth.confirmation_tag.pop_back(); }),
              HasSubstr("6.1: confirmation tag"));
}

// Trap 1.
TEST_F(StageCommit, HasAPathUnlessAllProposalsDoWithout) {
  const auto without_path = [&](std::vector<ProposalOrRef> proposals) {
    CommitDraft draft;
    draft.proposals = std::move(proposals);
    draft.path = false;
    return commit(draft);
  };
  EXPECT_EQ(without_path({{world.add(50)}, {world.psk()}}), "");
  EXPECT_EQ(without_path({{Proposal{ReInit{{1}, kProtocolMls10, kSuite, {}}}}}), "");
  EXPECT_THAT(without_path({}), HasSubstr("12.4: a path is required"));
  EXPECT_THAT(without_path({{MlsWorld::remove(1)}}), HasSubstr("12.4: a path is required"));
  EXPECT_THAT(without_path({{world.add(50)}, {MlsWorld::remove(1)}}),
              HasSubstr("12.4: a path is required"));
  EXPECT_THAT(without_path({{Proposal{GroupContextExtensions{}}}}),
              HasSubstr("12.4: a path is required"));
  const auto update = world.propose(2, world.update(2));
  EXPECT_THAT(without_path({update}), HasSubstr("12.4: a path is required"));
}

TEST_F(StageCommit, RefersToWhatWasProposedInThisEpoch) {
  const auto update = world.propose(2, world.update(2));
  CommitDraft draft;
  draft.proposals = {update};
  const auto staged = world.stage(world.commit(0, draft));
  ASSERT_EQ(outcome(staged), "");
  EXPECT_THAT(staged->updated, ElementsAre(LeafIndex{2}));
  world.accept(staged);
  EXPECT_TRUE(world.group().pending().empty());
  draft.path = false;
  draft.proposals = {update, {world.add(50)}};
  EXPECT_THAT(commit(draft), HasSubstr("12.4: a reference to an unknown proposal"));
}

TEST_F(StageCommit, PathLeafIsACommitsLeaf) {
  EXPECT_THAT(with_leaf([](LeafNode& leaf) {
                leaf.source = LeafNodeSource::kUpdate;
                leaf.parent_hash.clear();
              }),
              HasSubstr("7.3: wrong source"));
  EXPECT_THAT(with_leaf([](LeafNode& leaf) { leaf.extensions = {{0xF0FF, {}}}; }),
              HasSubstr("7.3"));
  EXPECT_THAT(with_leaf([](LeafNode& leaf) { leaf.capabilities.credentials.clear(); }),
              HasSubstr("7.2"));
  EXPECT_THAT(with_path([](UpdatePath& path) { path.leaf_node.signature[0] ^= 1; }),
              HasSubstr("5.1.2: bad signature"));
}

TEST_F(StageCommit, PathLeafHasANewKey) {
  EXPECT_THAT(with_leaf([&](LeafNode& leaf) {
                leaf.encryption_key = world.group().tree().leaf(LeafIndex{0})->encryption_key;
              }),
              HasSubstr("12.4.2: the path keeps"));
}

TEST_F(StageCommit, PathKeysAreInNoNode) {
  const RatchetTree& tree = world.group().tree();
  const Bytes leaf_key = tree.leaf(LeafIndex{3})->encryption_key;
  const Bytes root_key = *tree.encryption_key(tree.size().root());
  EXPECT_THAT(with_leaf([&](LeafNode& leaf) { leaf.encryption_key = leaf_key; }),
              HasSubstr("12.4.2: a key of the path"));
  for (const Bytes& key : {leaf_key, root_key}) {
    EXPECT_THAT(with_path([&](UpdatePath& path) { path.nodes.back().encryption_key = key; }),
                HasSubstr("12.4.2: a key of the path"));
  }
  EXPECT_THAT(with_path([](UpdatePath& path) {
                path.nodes.back().encryption_key = path.nodes.front().encryption_key;
              }),
              HasSubstr("12.4.2: a key twice"));
  EXPECT_THAT(with_path([](UpdatePath& path) {
                path.nodes.back().encryption_key = path.leaf_node.encryption_key;
              }),
              HasSubstr("12.4.2: a key twice"));
}

// One such key in the tree and nobody could commit any more.
TEST_F(StageCommit, PathKeysCanBeSealedTo) {
  EXPECT_THAT(with_leaf([](LeafNode& leaf) { leaf.encryption_key = Bytes(32, 0); }),
              HasSubstr("5.1.1"));
  EXPECT_THAT(with_path([](UpdatePath& path) { path.nodes[0].encryption_key = Bytes(32, 0); }),
              HasSubstr("5.1.1"));
  EXPECT_THAT(with_path([](UpdatePath& path) { path.nodes[0].encryption_key.pop_back(); }),
              HasSubstr("5.1.1"));
}

TEST_F(StageCommit, PathLeafTakesNobodysSignatureKey) {
  CommitDraft draft;
  draft.proposals = {{MlsWorld::external_init()}};
  EXPECT_THAT(outcome(world.stage(world.external_commit(2, draft))),
              HasSubstr("7.3: the path's signature key"));
  draft.proposals.push_back({MlsWorld::remove(2)});
  EXPECT_EQ(outcome(world.stage(world.external_commit(2, draft))), "");
}

TEST_F(StageCommit, PathHasTheShapeOfTheTree) {
  EXPECT_THAT(with_path([](UpdatePath& path) { path.nodes.pop_back(); }), HasSubstr("7.6"));
  EXPECT_THAT(with_path([](UpdatePath& path) { path.nodes.push_back(path.nodes.back()); }),
              HasSubstr("12.4.2: a key twice"));
  EXPECT_THAT(with_path([](UpdatePath& path) {
                path.nodes[0].encrypted_path_secret.push_back({Bytes(32), Bytes(48)});
              }),
              HasSubstr("7.6: wrong number of ciphertexts"));
  EXPECT_THAT(with_path([](UpdatePath& path) {
                change(path.nodes.back().encrypted_path_secret,
                       [](auto& sealed) { sealed.pop_back(); });
              }),
              HasSubstr("7.6: wrong number of ciphertexts"));
}

// 7.6: leaves added by the same commit are sealed to by the Welcome.
TEST_F(StageCommit, PathIsNotSealedToWhoIsAdded) {
  CommitDraft draft;
  draft.proposals = {{world.add(50)}};
  EXPECT_EQ(commit(draft), "");
  draft.change_path = [](UpdatePath& path) {
    path.nodes.back().encrypted_path_secret.push_back({Bytes(32), Bytes(48)});
  };
  EXPECT_THAT(commit(draft), HasSubstr("7.6: wrong number of ciphertexts"));
}

TEST_F(StageCommit, PathLeafHasTheParentHash) {
  EXPECT_THAT(with_leaf([](LeafNode& leaf) { leaf.parent_hash[0] ^= 1; }), HasSubstr("7.9.2"));
  EXPECT_THAT(with_leaf([](LeafNode& leaf) { leaf.parent_hash.clear(); }), HasSubstr("7.9.2"));
}

// 8.2, and the provisional context that path secrets are sealed for.
TEST_F(StageCommit, GivesTheNextEpochsContext) {
  const AuthenticatedContent content = world.commit(0, {});
  const auto staged = world.stage(content);
  ASSERT_EQ(outcome(staged), "");
  const PublicGroup& after = *staged->after;
  const GroupContext& before = world.group().context();
  EXPECT_EQ(raw(after.epoch()), raw(before.epoch) + 1);
  const Hash confirmed =
      confirmed_transcript_hash(world.group().interim_transcript_hash(), content);
  EXPECT_EQ(to_hex(after.context().confirmed_transcript_hash), confirmed.hex());
  EXPECT_EQ(to_hex(after.interim_transcript_hash()),
            interim_transcript_hash(confirmed.view(), content.auth.confirmation_tag).hex());
  EXPECT_EQ(to_hex(after.context().tree_hash), after.tree().tree_hash().hex());
  EXPECT_NE(after.context().tree_hash, before.tree_hash);
  GroupContext provisional = after.context();
  provisional.confirmed_transcript_hash = before.confirmed_transcript_hash;
  EXPECT_EQ(staged->path_context, provisional);
  EXPECT_EQ(outcome(check_tree(after.tree(), before.group_id, after.context().extensions)), "");
}

// Trap 5: the slot of a removed member is filled again by the same commit.
TEST_F(StageCommit, TellsRemovedFromAddedInOneSlot) {
  CommitDraft draft;
  draft.proposals = {{world.add(50)}, {MlsWorld::remove(2)}, {world.add(51)}};
  const auto staged = world.stage(world.commit(0, draft));
  ASSERT_EQ(outcome(staged), "");
  EXPECT_THAT(staged->removed, ElementsAre(LeafIndex{2}));
  EXPECT_THAT(staged->added, ElementsAre(LeafIndex{2}, LeafIndex{6}));
  EXPECT_EQ(staged->after->tree().leaf(LeafIndex{2})->credential.identity,
            world.person(50).identity);
}

TEST_F(StageCommit, EndsTheGroupByReInit) {
  CommitDraft draft;
  draft.proposals = {{Proposal{ReInit{{1}, kProtocolMls10, kSuite, {}}}}};
  world.accept(world.stage(world.commit(0, draft)));
  EXPECT_TRUE(world.group().ended());
  EXPECT_THAT(outcome(world.stage(world.commit(1, {}))), HasSubstr("12.4.2: the group has ended"));
  EXPECT_THAT(outcome(world.group().with_proposal(world.proposal(1, MlsWorld::remove(2)))),
              HasSubstr("12.4.2: the group has ended"));
}

TEST_F(StageCommit, AsksThePolicyLast) {
  class Refusing final : public Policy {
   public:
    Result<void> judge(const PublicGroup& before, const StagedCommit& commit) const override {
      EXPECT_EQ(raw(commit.after->epoch()), raw(before.epoch()) + 1);
      return fail(ErrorCode::kUntrusted, "not here");
    }
  };
  EXPECT_EQ(outcome(world.group().stage(world.commit(0, {}), Refusing())), "not here");
}

}  // namespace

}  // namespace xom::mls::testing
