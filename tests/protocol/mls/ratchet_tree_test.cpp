#include "protocol/mls/ratchet_tree.h"

#include <gtest/gtest.h>

#include "protocol/mls/state_records.h"
#include "tests/protocol/mls/tree_samples.h"
#include "tests/protocol/mls/vectors.h"

namespace xom::mls {
namespace {

using testing::SampleTree;

Bytes bytes_of(const Hash& hash) { return {hash.bytes.begin(), hash.bytes.end()}; }

TEST(RatchetTree, TheWorkingGroupsOperationsGiveTheirTrees) {
  XOM_VECTORS_OR_SKIP(cases, vector_cases, "tree-operations.json");
  for (const auto& test : cases) {
    // The hash is all that this depends on, and that of suite 1 is ours.
    if (testing::number(test, "cipher_suite") > 3) continue;
    auto tree = RatchetTree::decode(testing::hex(test, "tree_before"));
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_EQ(tree->encode(), testing::hex(test, "tree_before"));
    EXPECT_EQ(bytes_of(tree->tree_hash()), testing::hex(test, "tree_hash_before"));
    const auto proposal = decode<Proposal>(testing::hex(test, "proposal"));
    ASSERT_TRUE(proposal) << proposal.error().message;
    const LeafIndex sender{static_cast<std::uint32_t>(testing::number(test, "proposal_sender"))};
    if (const auto* add = std::get_if<Add>(&proposal->value)) {
      ASSERT_TRUE(tree->add(add->key_package.leaf_node));
    } else if (const auto* update = std::get_if<Update>(&proposal->value)) {
      tree->update(sender, update->leaf_node);
    } else {
      tree->remove(std::get<Remove>(proposal->value).removed);
    }
    EXPECT_EQ(tree->encode(), testing::hex(test, "tree_after"));
    EXPECT_EQ(bytes_of(tree->tree_hash()), testing::hex(test, "tree_hash_after"));
  }
}

TEST(RatchetTree, ANewMemberTakesTheLeftmostBlankLeafOrDoublesTheTree) {
  SampleTree sample(4);
  EXPECT_EQ(sample.tree.size().leaves, 4U);
  EXPECT_EQ(*sample.tree.add(sample.new_leaf()), LeafIndex{4});
  EXPECT_EQ(sample.tree.size().leaves, 8U);
  sample.tree.remove(LeafIndex{1});
  sample.tree.remove(LeafIndex{2});
  EXPECT_EQ(*sample.tree.add(sample.new_leaf()), LeafIndex{1});
  EXPECT_EQ(*sample.tree.add(sample.new_leaf()), LeafIndex{2});
  EXPECT_EQ(*sample.tree.add(sample.new_leaf()), LeafIndex{5});
}

TEST(RatchetTree, RemovingTheLastMembersOfTheRightHalvesShrinksAsFarAsItGoes) {
  SampleTree sample(9);
  ASSERT_EQ(sample.tree.size().leaves, 16U);
  for (std::uint32_t i = 2; i < 8; ++i) sample.tree.remove(LeafIndex{i});
  EXPECT_EQ(sample.tree.size().leaves, 16U);
  sample.tree.remove(LeafIndex{8});
  EXPECT_EQ(sample.tree.size().leaves, 2U);
  EXPECT_EQ(sample.tree.members(), (std::vector<LeafIndex>{LeafIndex{0}, LeafIndex{1}}));
  sample.tree.remove(LeafIndex{1});
  EXPECT_EQ(sample.tree.size().leaves, 1U);
}

TEST(RatchetTree, AnAddedLeafIsUnmergedAtEveryParentAboveUntilAPathCovers) {
  SampleTree sample(8);
  sample.path(LeafIndex{0});
  sample.path(LeafIndex{7});
  sample.tree.remove(LeafIndex{6});
  sample.path(LeafIndex{7});
  const LeafIndex added = *sample.tree.add(sample.new_leaf());
  ASSERT_EQ(added, LeafIndex{6});
  const std::vector<LeafIndex> unmerged{added};
  std::size_t parents = 0;
  for (const NodeIndex node : direct_path(node_of(added), sample.tree.size())) {
    const ParentNode* parent = sample.tree.parent(node);
    if (parent == nullptr) continue;
    EXPECT_EQ(parent->unmerged_leaves, unmerged);
    ++parents;
  }
  EXPECT_EQ(parents, 2U);  // the one right above had no sibling to seal to
  const NodeIndex right_half = right(sample.tree.size().root());
  EXPECT_EQ(sample.tree.resolution(right_half),
            (std::vector<NodeIndex>{right_half, node_of(added)}));
  EXPECT_EQ(sample.tree.resolution(right_half, {added}), std::vector<NodeIndex>{right_half});
  sample.keep_keys_of(added);
  sample.path(LeafIndex{0});
  EXPECT_TRUE(sample.tree.parent(sample.tree.size().root())->unmerged_leaves.empty());
  EXPECT_EQ(sample.tree.parent(right_half)->unmerged_leaves, unmerged);
}

TEST(RatchetTree, AfterAnyChangeTheHashIsThatOfATreeReadAnew) {
  SampleTree sample(11);
  const auto expect_fresh = [&](const char* what) {
    const auto fresh = RatchetTree::decode(sample.tree.encode());
    ASSERT_TRUE(fresh) << what;
    EXPECT_EQ(fresh->tree_hash(), sample.tree.tree_hash()) << what;
  };
  sample.path(LeafIndex{3});
  expect_fresh("path");
  sample.tree.remove(LeafIndex{2});
  expect_fresh("remove");
  ASSERT_TRUE(sample.tree.add(sample.new_leaf()));
  expect_fresh("add");
  sample.tree.update(LeafIndex{9}, sample.new_leaf());
  expect_fresh("update");
  sample.tree.set_leaf(LeafIndex{0}, sample.new_leaf());
  expect_fresh("leaf");
}

TEST(RatchetTree, ACopyIsNotTouchedByChangesOfTheOther) {
  SampleTree sample(8);
  sample.path(LeafIndex{0});
  const RatchetTree before = sample.tree;
  const Bytes encoded = before.encode();
  const Hash hash = before.tree_hash();
  ASSERT_TRUE(sample.tree.add(sample.new_leaf()));
  sample.tree.remove(LeafIndex{4});
  EXPECT_EQ(before.encode(), encoded);
  EXPECT_EQ(before.tree_hash(), hash);
  EXPECT_NE(sample.tree.tree_hash(), hash);
  EXPECT_EQ(before.identity(NodeIndex{2}), sample.tree.identity(NodeIndex{2}));
}

TEST(RatchetTree, PartsGiveTheSameTreeAndOnlyThoseOfTheChangedPathDiffer) {
  SampleTree sample(70);
  sample.path(LeafIndex{20});
  RatchetTree& tree = sample.tree;
  for (std::uint32_t i = 32; i < 48; ++i) tree.remove(LeafIndex{i});
  std::vector<Bytes> parts;
  std::vector<RatchetTree::Chunk> chunks;
  ASSERT_EQ(tree.chunks(), 8U);
  for (std::uint32_t i = 0; i < tree.chunks(); ++i) parts.push_back(tree.encode_chunk(i));
  for (std::uint32_t i = tree.chunks(); i-- > 0;) {
    if (!parts[i].empty()) chunks.push_back({i, parts[i]});
  }
  EXPECT_EQ(chunks.size(), 4U);
  const auto loaded = RatchetTree::from_chunks(chunks);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->encode(), tree.encode());
  EXPECT_EQ(loaded->tree_hash(), tree.tree_hash());

  RatchetTree changed = tree;
  changed.update(LeafIndex{50}, sample.new_leaf());
  for (std::uint32_t i = 0; i < tree.chunks(); ++i) {
    EXPECT_EQ(changed.same_chunk(tree, i), i != 3 && changed.encode_chunk(i) == parts[i]) << i;
  }
  const Bytes full = tree.encode_chunk(0);
  Bytes longer = full;
  longer.push_back(0);
  const std::vector<RatchetTree::Chunk> too_long{{0, longer}};
  EXPECT_FALSE(RatchetTree::from_chunks(too_long));
  const std::vector<RatchetTree::Chunk> outside{{kMaxLeaves / kLeavesPerTreeRecord, full}};
  EXPECT_FALSE(RatchetTree::from_chunks(outside));
  EXPECT_FALSE(RatchetTree::from_chunks({}));
}

TEST(RatchetTree, EveryPrefixIsRefused) {
  SampleTree sample(5);
  sample.path(LeafIndex{1});
  const Bytes encoded = sample.tree.encode();
  ASSERT_TRUE(RatchetTree::decode(encoded));
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_FALSE(RatchetTree::decode(ByteView(encoded).first(size)));
  }
}

// 12.4.3.3, 7.1, 12.4.3.1: slots written by hand.
struct Slots {
  Output out;
  void blank() { out.u8(0); }
  void put(std::uint8_t type, const auto& node) {
    out.u8(1);
    out.u8(type);
    node.write(out);
  }
  Result<RatchetTree> read() {
    Bytes bytes;
    append_vector(bytes, out.view());
    return RatchetTree::decode(bytes);
  }
};

TEST(RatchetTree, NodesInTheWrongPlaceAreRefused) {
  SampleTree sample(1);
  const LeafNode leaf = sample.new_leaf();
  const ParentNode parent{Bytes(32, 7), {}, {}};
  Slots good;
  good.put(1, leaf), good.put(2, parent), good.put(1, leaf);
  EXPECT_TRUE(good.read());
  Slots leaf_at_parent;
  leaf_at_parent.put(1, leaf), leaf_at_parent.put(1, leaf), leaf_at_parent.put(1, leaf);
  EXPECT_FALSE(leaf_at_parent.read());
  Slots parent_at_leaf;
  parent_at_leaf.put(2, parent);
  EXPECT_FALSE(parent_at_leaf.read());
  Slots trailing_blank;
  trailing_blank.put(1, leaf), trailing_blank.blank(), trailing_blank.blank();
  EXPECT_FALSE(trailing_blank.read());
  Slots ends_with_parent;
  ends_with_parent.put(1, leaf), ends_with_parent.put(2, parent);
  EXPECT_FALSE(ends_with_parent.read());
  Slots nothing;
  EXPECT_FALSE(nothing.read());
  Slots unknown;
  unknown.put(3, leaf);
  EXPECT_FALSE(unknown.read());
}

TEST(RatchetTree, APathBlanksTheNodesThatItLeavesOut) {
  SampleTree sample(1);
  Slots slots;
  slots.put(1, sample.new_leaf()), slots.put(2, ParentNode{Bytes(32, 7), {}, {}});
  slots.blank(), slots.blank(), slots.put(1, sample.new_leaf());
  RatchetTree tree = slots.read().value();
  ASSERT_NE(tree.parent(NodeIndex{1}), nullptr);
  EXPECT_EQ(tree.merge_own_path(LeafIndex{0}, {Bytes(32, 8)}).size(), 32U);
  EXPECT_EQ(tree.parent(NodeIndex{1}), nullptr);
  EXPECT_NE(tree.parent(NodeIndex{3}), nullptr);
}

TEST(RatchetTree, ATreeOverTheLimitIsRefusedBeforeItsMemoryIsTaken) {
  Slots many;
  for (std::size_t i = 0; i < std::size_t{2} * kMaxLeaves; ++i) many.blank();
  EXPECT_EQ(many.read().error().code, ErrorCode::kTooLarge);
}

TEST(RatchetTree, UnmergedLeavesMustAscendAndBeMembersBelow) {
  SampleTree sample(1);
  const LeafNode leaf = sample.new_leaf();
  const auto with = [&](std::vector<LeafIndex> unmerged) {
    Slots slots;
    slots.put(1, leaf), slots.put(2, ParentNode{Bytes(32, 7), {}, std::move(unmerged)});
    slots.put(1, leaf), slots.blank(), slots.blank(), slots.blank(), slots.put(1, leaf);
    return slots.read().has_value();
  };
  EXPECT_TRUE(with({LeafIndex{0}, LeafIndex{1}}));
  EXPECT_FALSE(with({LeafIndex{1}, LeafIndex{0}}));
  EXPECT_FALSE(with({LeafIndex{1}, LeafIndex{1}}));
  EXPECT_FALSE(with({LeafIndex{2}}));    // blank, and aside
  EXPECT_FALSE(with({LeafIndex{3}}));    // aside
  EXPECT_FALSE(with({LeafIndex{400}}));  // outside
  Slots blank_below;
  blank_below.put(1, leaf), blank_below.put(2, ParentNode{Bytes(32, 7), {}, {LeafIndex{1}}});
  blank_below.blank(), blank_below.blank(), blank_below.put(1, leaf);
  EXPECT_FALSE(blank_below.read());
}

}  // namespace
}  // namespace xom::mls
