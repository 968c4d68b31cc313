#include "protocol/mls/tree_validation.h"

#include <gtest/gtest.h>

#include "protocol/mls/tree_hash.h"
#include "tests/protocol/mls/tree_samples.h"
#include "tests/protocol/mls/vectors.h"

namespace xom::mls {
namespace {

using testing::SampleTree;

Bytes bytes_of(const Hash& hash) { return {hash.bytes.begin(), hash.bytes.end()}; }
std::string reason(const Result<void>& result) {
  return result ? "accepted" : result.error().message.substr(0, result.error().message.find(':'));
}

TEST(TreeValidation, TheWorkingGroupsTreesAreSound) {
  XOM_VECTORS_OR_SKIP(cases, suite_cases, "tree-validation.json");
  for (const auto& test : cases) {
    const auto tree = RatchetTree::decode(testing::hex(test, "tree"));
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_EQ(tree->encode(), testing::hex(test, "tree"));
    const auto& resolutions = test.at("resolutions").as_array();
    const auto& hashes = test.at("tree_hashes").as_array();
    ASSERT_EQ(resolutions.size(), tree->size().nodes());
    for (std::uint32_t i = 0; i < tree->size().nodes(); ++i) {
      std::vector<NodeIndex> expected;
      for (const auto& node : resolutions[i].as_array()) {
        expected.push_back(NodeIndex{node.to_number<std::uint32_t>()});
      }
      EXPECT_EQ(tree->resolution(NodeIndex{i}), expected) << i;
      EXPECT_EQ(bytes_of(tree->tree_hash(NodeIndex{i})), testing::hex(hashes[i])) << i;
    }
    const auto checked = check_tree(*tree, testing::hex(test, "group_id"), {});
    EXPECT_TRUE(checked) << checked.error().message;
  }
}

// Nodes as a stranger would send them, to be changed one by one.
class Forged : public ::testing::Test {
 protected:
  using Slot = std::variant<std::monostate, LeafNode, ParentNode>;

  // Eight members; paths of 0, 5 and 2; then 3 leaves and comes back, so it is unmerged at the root
  // and at the parent of the left half.
  Forged() : sample(8) {
    for (const std::uint32_t sender : {0U, 5U, 2U}) sample.path(LeafIndex{sender});
    sample.remove(LeafIndex{3});
    sample.path(LeafIndex{1});
    sample.add();
    read(sample.tree);
  }
  void read(const RatchetTree& tree) {
    slots.clear();
    for (std::uint32_t i = 0; i < tree.size().nodes(); ++i) {
      const NodeIndex node{i};
      if (const ParentNode* parent = tree.parent(node)) {
        slots.emplace_back(*parent);
      } else if (const LeafNode* leaf = is_leaf(node) ? tree.leaf(leaf_of(node)) : nullptr) {
        slots.emplace_back(*leaf);
      } else {
        slots.emplace_back();
      }
    }
  }
  RatchetTree tree() const {
    Output out;
    for (const Slot& slot : slots) {
      out.u8(slot.index() == 0 ? 0 : 1);
      if (slot.index() != 0) out.u8(static_cast<std::uint8_t>(slot.index()));
      if (const auto* leaf = std::get_if<LeafNode>(&slot)) leaf->write(out);
      if (const auto* parent = std::get_if<ParentNode>(&slot)) parent->write(out);
    }
    Bytes bytes;
    append_vector(bytes, out.view());
    return RatchetTree::decode(bytes).value();
  }
  Result<void> check(const Extensions& context = {}) const {
    return check_tree(tree(), sample.group_id, context);
  }
  LeafNode& leaf(std::uint32_t index) { return std::get<LeafNode>(slots[2 * std::size_t{index}]); }
  ParentNode& parent(std::uint32_t node) { return std::get<ParentNode>(slots[node]); }
  void resign(std::uint32_t index) {
    leaf(index).sign(sample.signer(LeafIndex{index}), {sample.group_id, LeafIndex{index}});
  }

  SampleTree sample;
  std::vector<Slot> slots;
};

TEST_F(Forged, TheTreeItselfIsSound) {
  EXPECT_EQ(reason(check()), "accepted");
  EXPECT_EQ(parent(7).unmerged_leaves, std::vector<LeafIndex>{LeafIndex{3}});
  EXPECT_EQ(parent(3).unmerged_leaves, std::vector<LeafIndex>{LeafIndex{3}});
}

TEST_F(Forged, EveryChangedParentIsRefused) {
  const auto sound = slots;
  for (std::uint32_t i = 1; i < slots.size(); i += 2) {
    if (slots[i].index() != 2) continue;
    parent(i).encryption_key[4] ^= 1;
    EXPECT_EQ(reason(check()), "7.9.2") << i;
    slots = sound;
    parent(i).parent_hash.push_back(0);
    EXPECT_EQ(reason(check()), "7.9.2") << i;
    slots = sound;
  }
}

TEST_F(Forged, AParentPutInByAStrangerIsRefused) {
  // Above 2 and 3, where nobody sealed a key.
  ASSERT_EQ(slots[5].index(), 0U);
  slots[5] = ParentNode{Bytes(32, 9), {}, {LeafIndex{3}}};
  EXPECT_EQ(reason(check()), "7.9.2");
}

TEST_F(Forged, AnUnmergedLeafThatIsHiddenIsRefused) {
  // Whoever seals to the root alone would leave 3 out.
  parent(7).unmerged_leaves.clear();
  EXPECT_EQ(reason(check()), "7.9.2");
}

TEST_F(Forged, ALeafUnmergedAboveMustBeUnmergedBetween) {
  parent(3).unmerged_leaves.clear();
  EXPECT_EQ(reason(check()), "12.4.3.1");
}

TEST_F(Forged, AMergedLeafCannotBeCalledUnmergedAbove) {
  // No hash tells: the sibling of the path is the other half.
  parent(7).unmerged_leaves = {LeafIndex{1}, LeafIndex{3}};
  EXPECT_EQ(reason(check_parent_hashes(tree())), "7.9.2");
  EXPECT_EQ(reason(check()), "12.4.3.1");
}

TEST_F(Forged, RememberedHashesAreOfTheSameMissingLeaves) {
  parent(3).unmerged_leaves = {LeafIndex{2}, LeafIndex{3}};
  const RatchetTree odd = tree();
  OriginalHashes remembered(odd);
  for (const auto& [node, aside] : {std::pair{3U, 5U}, {7U, 3U}, {3U, 5U}}) {
    EXPECT_EQ(remembered.parent_hash(NodeIndex{node}, NodeIndex{aside}),
              odd.parent_hash(NodeIndex{node}, NodeIndex{aside}));
  }
}

TEST_F(Forged, ALeafUnmergedBetweenNeedNotBeUnmergedAbove) {
  // A path from the other half covers the root; below, 3 stays unmerged.
  sample.path(LeafIndex{6});
  read(sample.tree);
  EXPECT_EQ(parent(3).unmerged_leaves, std::vector<LeafIndex>{LeafIndex{3}});
  EXPECT_TRUE(parent(7).unmerged_leaves.empty());
  EXPECT_EQ(reason(check()), "accepted");
}

TEST_F(Forged, AnEncryptionKeyTwiceIsRefused) {
  leaf(6).encryption_key = leaf(4).encryption_key;
  resign(6);
  EXPECT_EQ(reason(check()), "7.3");
  leaf(6).encryption_key = parent(3).encryption_key;
  resign(6);
  EXPECT_EQ(reason(check()), "7.3");
}

TEST_F(Forged, ASignatureKeyTwiceIsRefused) {
  leaf(6).signature_key = leaf(4).signature_key;
  leaf(6).sign(sample.signer(LeafIndex{4}), {sample.group_id, LeafIndex{6}});
  EXPECT_EQ(reason(check()), "7.3");
}

TEST_F(Forged, EveryLeafsSignatureIsVerified) {
  const auto sound = slots;
  for (std::uint32_t i = 0; i < 8; ++i) {
    leaf(i).signature[7] ^= 1;
    const auto checked = check();
    // A path's sibling hash may cover the leaf, and is looked at first.
    EXPECT_TRUE(!checked &&
                (checked.error().code == ErrorCode::kBadSignature || reason(checked) == "7.9.2"))
        << i;
    slots = sound;
  }
  leaf(3).signature[7] ^= 1;  // newest: under no hash
  EXPECT_EQ(check().error().code, ErrorCode::kBadSignature);
}

TEST_F(Forged, ALeafOfAnotherGroupIsRefused) {
  EXPECT_EQ(check_tree(tree(), Bytes{9}, {}).error().code, ErrorCode::kBadSignature);
}

TEST_F(Forged, EveryMemberSupportsTheCredentialsInUse) {
  LeafNode& newest = leaf(3);
  newest.credential.type = static_cast<std::uint16_t>(CredentialType::kX509);
  newest.credential.identity.clear();
  newest.capabilities.credentials.push_back(newest.credential.type);
  resign(3);
  EXPECT_EQ(reason(check_members(tree(), {})), "7.3");
}

TEST_F(Forged, EveryMemberSupportsWhatTheGroupRequires) {
  RequiredCapabilities required;
  required.extensions.push_back(0x0ABC);
  const Extensions context{
      {static_cast<std::uint16_t>(ExtensionType::kRequiredCapabilities), encode(required)}};
  EXPECT_FALSE(check_members(tree(), context));
  EXPECT_FALSE(check_members(tree(), {{0x0ABC, {}}}));
  EXPECT_TRUE(check_members(tree(), {}));
}

TEST(TreeValidation, RandomWalksGiveSoundTreesAndHashesComputedApartAgree) {
  SampleTree sample(3);
  std::uint32_t state = 12345;
  const auto draw = [&](std::size_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  for (int step = 0; step < 150; ++step) {
    auto members = sample.tree.members();
    const LeafIndex sender = members[draw(members.size())];
    std::vector<LeafIndex> added;
    switch (draw(4)) {
      case 0:
        sample.add();
        continue;  // without a path
      case 1: {
        const LeafIndex gone = members[draw(members.size())];
        if (gone != sender) sample.remove(gone);
        break;
      }
      case 2:
        if (members.size() < 24) added.push_back(sample.add());
        break;
      default:
        break;
    }
    sample.path(sender, added);
    const auto fresh = RatchetTree::decode(sample.tree.encode()).value();
    const auto checked = check_tree(fresh, sample.group_id, {});
    ASSERT_TRUE(checked) << step << ": " << checked.error().message;
    OriginalHashes remembered(fresh);
    for (std::uint32_t height = 1; height <= level(fresh.size().root()); ++height) {
      for (std::uint32_t i = (1U << height) - 1; i < fresh.size().nodes(); i += 2U << height) {
        const NodeIndex node{i};
        if (fresh.parent(node) == nullptr) continue;
        EXPECT_EQ(remembered.parent_hash(node, left(node)), fresh.parent_hash(node, left(node)));
        EXPECT_EQ(remembered.parent_hash(node, right(node)), fresh.parent_hash(node, right(node)));
      }
    }
  }
}

}  // namespace
}  // namespace xom::mls
