#include "protocol/mls/tree_kem.h"

#include <gtest/gtest.h>

#include "tests/protocol/mls/sealed_change.h"
#include "tests/protocol/mls/tree_samples.h"
#include "tests/protocol/mls/vectors.h"

namespace xom::mls {
namespace {

using testing::SampleTree;

Bytes bytes_of(ByteView view) { return {view.begin(), view.end()}; }

LeafIndex leaf_in(const boost::json::value& test, const char* field) {
  return LeafIndex{static_cast<std::uint32_t>(testing::number(test, field))};
}
std::shared_ptr<const Secret> shared(ByteView key) { return std::make_shared<const Secret>(key); }

void expect_keys_of(const RatchetTree& tree, const TreePrivateKeys& own) {
  for (const auto& [node, key] : own.keys) {
    const Bytes* public_key = tree.encryption_key(node);
    ASSERT_TRUE(public_key) << "a key of a blank node";
    EXPECT_EQ(crypto::HpkeKeyPair::from_private(key->view()).public_key, *public_key)
        << "a key that is not the tree's";
  }
}

// What a vector says about the members' private keys.
struct Members {
  std::map<LeafIndex, TreePrivateKeys> keys;
  std::map<LeafIndex, crypto::SigningKey> signers;

  explicit Members(const boost::json::value& test) {
    for (const auto& entry : test.at("leaves_private").as_array()) {
      const LeafIndex index = leaf_in(entry, "index");
      TreePrivateKeys own;
      own.self = index;
      own.keys[node_of(index)] = shared(testing::hex(entry, "encryption_priv"));
      for (const auto& known : entry.at("path_secrets").as_array()) {
        const Secret node_secret = derive_secret(testing::hex(known, "path_secret"), "node");
        auto pair = crypto::HpkeKeyPair::derive(node_secret.view());
        own.keys[NodeIndex{static_cast<std::uint32_t>(testing::number(known, "node"))}] =
            shared(pair.private_key.view());
      }
      keys.emplace(index, std::move(own));
      signers.emplace(index,
                      crypto::SigningKey::from_seed(testing::hex(entry, "signature_priv")).value());
    }
  }
};

TEST(TreeKem, TheWorkingGroupsPathsOpenForEveryMemberAndOursToo) {
  XOM_VECTORS_OR_SKIP(cases, suite_cases, "treekem.json");
  for (const auto& test : cases) {
    const auto tree = RatchetTree::decode(testing::hex(test, "ratchet_tree"));
    ASSERT_TRUE(tree) << tree.error().message;
    const Members members(test);
    for (const auto& [index, own] : members.keys) {
      expect_keys_of(*tree, own);
    }
    GroupContext context;
    context.group_id = testing::hex(test, "group_id");
    context.epoch = Epoch{testing::number(test, "epoch")};
    context.confirmed_transcript_hash = testing::hex(test, "confirmed_transcript_hash");
    for (const auto& entry : test.at("update_paths").as_array()) {
      const LeafIndex sender = leaf_in(entry, "sender");
      const auto path = decode<UpdatePath>(testing::hex(entry, "update_path"));
      ASSERT_TRUE(path) << path.error().message;
      RatchetTree merged = *tree;
      const auto ok = merged.merge_path(sender, *path);
      ASSERT_TRUE(ok) << ok.error().message;
      context.tree_hash = bytes_of(merged.tree_hash().bytes);
      EXPECT_EQ(context.tree_hash, testing::hex(entry, "tree_hash_after"));
      const auto& secrets = entry.at("path_secrets").as_array();
      for (const auto& [index, own] : members.keys) {
        if (index == sender) continue;
        const auto opened = decrypt_path(merged, sender, *path, own, {}, context);
        ASSERT_TRUE(opened) << opened.error().message;
        EXPECT_EQ(bytes_of(opened->commit_secret.view()), testing::hex(entry, "commit_secret"));
        // The same from the path secret that the vector names.
        for (const auto& step : merged.filtered_direct_path(sender)) {
          if (!is_in_subtree(node_of(index), step.copath_child)) continue;
          TreePrivateKeys told;
          told.self = index;
          const auto learnt =
              told.learn_path(merged, sender, step.node, Secret(testing::hex(secrets[raw(index)])));
          ASSERT_TRUE(learnt) << learnt.error().message;
          EXPECT_EQ(bytes_of(learnt->view()), bytes_of(opened->commit_secret.view()));
        }
        expect_keys_of(merged, opened->private_keys);
      }

      RatchetTree ours = *tree;
      const auto made = make_path(ours, {context.group_id, sender, members.signers.at(sender)},
                                  *tree->leaf(sender), crypto::system_random());
      ASSERT_TRUE(made);
      context.tree_hash = bytes_of(ours.tree_hash().bytes);
      const auto sealed = encrypt_path(ours, *made, {}, context, crypto::system_random());
      ASSERT_TRUE(sealed) << sealed.error().message;
      RatchetTree theirs = *tree;
      ASSERT_TRUE(theirs.merge_path(sender, *sealed));
      EXPECT_EQ(theirs.tree_hash(), ours.tree_hash());
      for (const auto& [index, own] : members.keys) {
        if (index == sender) continue;
        const auto opened = decrypt_path(theirs, sender, *sealed, own, {}, context);
        ASSERT_TRUE(opened) << opened.error().message;
        EXPECT_EQ(bytes_of(opened->commit_secret.view()), bytes_of(made->commit_secret.view()));
      }
    }
  }
}

TEST(TreeKem, WhoIsAddedInTheCommitGetsNoCiphertextAndEntersByTheCommonAncestorsSecret) {
  SampleTree sample(5);
  sample.path(LeafIndex{0});
  const LeafIndex added = sample.add();
  ASSERT_EQ(added, LeafIndex{5});
  const auto sent = sample.path(LeafIndex{1}, {added});
  const auto steps = sample.tree.filtered_direct_path(LeafIndex{1});
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(sent.path.nodes.back().encrypted_path_secret.size(), 1U);  // leaf 4 alone
  const auto for_all =
      encrypt_path(sample.tree, sent.made, {}, sent.sealed_for, crypto::system_random());
  EXPECT_EQ(for_all->nodes.back().encrypted_path_secret.size(), 2U);

  EXPECT_EQ(sample.keys.at(added).keys.size(), 2U);  // its leaf and the root
  sample.path(LeafIndex{0});  // it opens this one with the root's key or its own
}

TEST(TreeKem, AnUnmergedMemberOpensByItsOwnLeaf) {
  SampleTree sample(4);
  sample.path(LeafIndex{2});
  sample.path(LeafIndex{1});
  sample.remove(LeafIndex{3});
  sample.path(LeafIndex{2});
  sample.add();
  sample.path(LeafIndex{0});  // throws if 3 cannot open it
  EXPECT_EQ(sample.keys.at(LeafIndex{3}).keys.size(), 2U);
}

TEST(TreeKem, AnExternalJoinerMakesItsPathFromAFreshLeaf) {
  SampleTree sample(4);
  sample.path(LeafIndex{0});
  const LeafIndex joiner = sample.add();
  const auto sent = sample.path(joiner);
  EXPECT_TRUE(sample.tree.parent(sample.tree.size().root())->unmerged_leaves.empty());
  EXPECT_EQ(sent.path.leaf_node.source, LeafNodeSource::kCommit);
  EXPECT_TRUE(sent.path.leaf_node.verify_signature({sample.group_id, joiner}));
}

TEST(TreeKem, AGroupOfOneRenewsItsLeafAlone) {
  SampleTree sample(1);
  const auto sent = sample.path(LeafIndex{0});
  EXPECT_TRUE(sent.path.nodes.empty());
  EXPECT_TRUE(sent.path.leaf_node.parent_hash.empty());
}

class BadPath : public ::testing::Test {
 protected:
  BadPath() : sample(6) {
    sample.path(LeafIndex{4});
    reader = sample.keys.at(LeafIndex{3});
    sent.emplace(sample.path(LeafIndex{0}));
    merged = sample.tree;
  }
  ErrorCode open(const UpdatePath& path) const {
    const auto opened = decrypt_path(merged, LeafIndex{0}, path, reader, {}, sent->sealed_for);
    return opened ? ErrorCode{} : opened.error().code;
  }
  SampleTree sample;
  TreePrivateKeys reader;
  std::optional<SampleTree::Sent> sent;
  RatchetTree merged;
};

TEST_F(BadPath, CountsMustFit) {
  ASSERT_EQ(open(sent->path), ErrorCode{});
  UpdatePath path = sent->path;
  path.nodes.pop_back();
  EXPECT_EQ(open(path), ErrorCode::kMalformed);
  EXPECT_FALSE(RatchetTree(sent->before).merge_path(LeafIndex{0}, path));
  path = sent->path;
  testing::change(path.nodes[1].encrypted_path_secret, [](auto& sealed) { sealed.pop_back(); });
  EXPECT_EQ(open(path), ErrorCode::kMalformed);
}

TEST_F(BadPath, ACiphertextForAnotherDoesNotOpen) {
  UpdatePath path = sent->path;
  ASSERT_EQ(path.nodes[1].encrypted_path_secret.size(), 2U);
  testing::change(path.nodes[1].encrypted_path_secret,
                  [](auto& sealed) { std::swap(sealed[0], sealed[1]); });
  EXPECT_EQ(open(path), ErrorCode::kBadSignature);
}

TEST_F(BadPath, AnotherContextDoesNotOpen) {
  sent->sealed_for.epoch = Epoch{77};
  EXPECT_EQ(open(sent->path), ErrorCode::kBadSignature);
}

TEST_F(BadPath, ASecretThatDoesNotGiveThePathsKeyIsRefused) {
  sent->made.path_secrets[1] = Secret(Bytes(32, 5));
  const auto other =
      encrypt_path(merged, sent->made, {}, sent->sealed_for, crypto::system_random());
  EXPECT_EQ(open(*other), ErrorCode::kMalformed);
  sent->made.path_secrets[1] = Secret();
}

TEST_F(BadPath, AWrongParentHashChangesNothing) {
  UpdatePath path = sent->path;
  path.leaf_node.parent_hash[0] ^= 1;
  RatchetTree tree = sent->before;
  EXPECT_FALSE(tree.merge_path(LeafIndex{0}, path));
  EXPECT_EQ(tree.encode(), sent->before.encode());
  EXPECT_EQ(tree.tree_hash(), sent->before.tree_hash());
}

TEST_F(BadPath, TheSenderAndStrangersHaveNothingToOpen) {
  reader.self = LeafIndex{0};
  EXPECT_EQ(open(sent->path), ErrorCode::kMalformed);
  reader.self = LeafIndex{7000};
  EXPECT_EQ(open(sent->path), ErrorCode::kMalformed);
  reader.self = LeafIndex{3};
  reader.keys.clear();
  EXPECT_EQ(open(sent->path), ErrorCode::kMalformed);
}

TEST_F(BadPath, KeysThatAPathReplacedAreForgotten) {
  TreePrivateKeys old = sample.keys.at(LeafIndex{4});
  const std::size_t held = old.keys.size();
  ASSERT_GE(held, 2U);
  const RatchetTree before = sample.tree;
  sample.path(LeafIndex{5});
  old.forget_changed(before, before);
  EXPECT_EQ(old.keys.size(), held);
  old.forget_changed(before, sample.tree);
  ASSERT_EQ(old.keys.size(), 1U);
  EXPECT_TRUE(old.keys.contains(node_of(LeafIndex{4})));
  const RatchetTree shared_path = sample.tree;
  sample.tree.remove(LeafIndex{4});
  old.forget_changed(shared_path, sample.tree);
  EXPECT_TRUE(old.keys.empty());
}

}  // namespace
}  // namespace xom::mls
