#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/mls/limits.h"
#include "protocol/mls/secret_tree.h"

namespace xom::mls {
namespace {

constexpr auto kApplication = RatchetType::kApplication;

Bytes bytes_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode{} : result.error().code;
}
SecretTree tree_of(std::uint32_t leaves) { return {TreeSize{leaves}, Secret(Bytes(32, 7))}; }
Bytes sender_record(const SecretTree& tree, std::uint32_t leaf) {
  crypto::SecretBytes record;
  tree.write_sender(LeafIndex{leaf}, record);
  return bytes_of(record.view());
}
Bytes key_at(SecretTree tree, std::uint32_t leaf, std::uint32_t generation) {
  const auto key = tree.take(LeafIndex{leaf}, kApplication, generation);
  return key ? bytes_of(key->key.view()) : Bytes();
}
SecretTree reloaded(const SecretTree& tree) {
  SecretTree out =
      SecretTree::read_nodes(tree.size(), tree.write_nodes().view()).value_or(SecretTree());
  for (std::uint32_t leaf = 0; leaf < tree.size().leaves; ++leaf) {
    const Bytes record = sender_record(tree, leaf);
    if (record.empty()) continue;
    EXPECT_TRUE(out.read_sender(LeafIndex{leaf}, record));
  }
  return out;
}

TEST(SecretTreeRecords, AStoredTreeGoesOnWhereItWas) {
  for (const std::uint32_t leaves : {1U, 2U, 8U, 64U}) {
    SecretTree tree = tree_of(leaves);
    EXPECT_EQ(key_at(reloaded(tree), leaves - 1, 0), key_at(tree, leaves - 1, 0));
    ASSERT_TRUE(tree.next(LeafIndex{0}, RatchetType::kHandshake));
    ASSERT_TRUE(tree.take(LeafIndex{leaves / 2}, kApplication, 5));
    const SecretTree again = reloaded(tree);
    for (std::uint32_t leaf = 0; leaf < leaves; ++leaf) {
      for (std::uint32_t generation = 0; generation < 8; ++generation) {
        EXPECT_EQ(key_at(again, leaf, generation), key_at(tree, leaf, generation));
      }
      EXPECT_EQ(sender_record(again, leaf), sender_record(tree, leaf));
    }
    EXPECT_EQ(bytes_of(again.write_nodes().view()), bytes_of(tree.write_nodes().view()));
    EXPECT_TRUE(key_at(again, leaves / 2, 5).empty());
  }
}

TEST(SecretTreeRecords, AMessageChangesItsSenderOnly) {
  const SecretTree before = tree_of(1024);
  SecretTree first = before;
  ASSERT_TRUE(first.next(LeafIndex{700}, kApplication));
  EXPECT_EQ(first.changed_since(before), std::vector{LeafIndex{700}});
  EXPECT_TRUE(first.nodes_changed_since(before));
  SecretTree second = first;
  ASSERT_TRUE(second.next(LeafIndex{700}, kApplication));
  EXPECT_EQ(second.changed_since(first), std::vector{LeafIndex{700}});
  EXPECT_FALSE(second.nodes_changed_since(first));
  EXPECT_EQ(sender_record(second, 700).size(), 2U * 40);
  EXPECT_TRUE(second.changed_since(second).empty());
  ASSERT_TRUE(second.take(LeafIndex{3}, kApplication, 2));
  EXPECT_EQ(second.changed_since(first), (std::vector{LeafIndex{3}, LeafIndex{700}}));
}

TEST(SecretTreeRecords, OfAnotherEpochAllSendersDiffer) {
  SecretTree old = tree_of(8);
  ASSERT_TRUE(old.next(LeafIndex{1}, kApplication));
  ASSERT_TRUE(old.next(LeafIndex{6}, kApplication));
  EXPECT_EQ(tree_of(8).changed_since(old), (std::vector{LeafIndex{1}, LeafIndex{6}}));
  EXPECT_EQ(tree_of(4).changed_since(old), std::vector{LeafIndex{1}});
  EXPECT_TRUE(tree_of(4).nodes_changed_since(old));
  EXPECT_EQ(tree_of(16).changed_since(old), (std::vector{LeafIndex{1}, LeafIndex{6}}));
}

TEST(SecretTreeRecords, HostileNodesAreRefused) {
  SecretTree tree = tree_of(8);
  ASSERT_TRUE(tree.next(LeafIndex{5}, kApplication));
  const Bytes good = bytes_of(tree.write_nodes().view());
  ASSERT_EQ(good.size(), 4U + 3 * 36);
  const auto read = [](const Bytes& bytes) {
    return code_of(SecretTree::read_nodes(TreeSize{8}, bytes));
  };
  EXPECT_EQ(read(good), ErrorCode{});
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(read(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size))),
              ErrorCode::kMalformed);
  }
  Bytes bad = good;
  bad.push_back(0);
  EXPECT_EQ(read(bad), ErrorCode::kMalformed);
  const auto with_index = [&](std::size_t entry, std::uint8_t index) {
    Bytes changed = good;
    changed[4 + 36 * entry + 3] = index;
    return read(changed);
  };
  EXPECT_EQ(good[4 + 3], 3);                               // the left half
  EXPECT_EQ(with_index(0, 7), ErrorCode::kMalformed);      // the root, above the others
  EXPECT_EQ(with_index(0, 9), ErrorCode::kMalformed);      // above leaf 4, which is there
  EXPECT_EQ(with_index(1, 2), ErrorCode::kMalformed);      // not ascending
  EXPECT_EQ(with_index(2, 15), ErrorCode::kMalformed);     // outside
  EXPECT_EQ(with_index(1, 3), ErrorCode::kMalformed);      // twice
  EXPECT_EQ(read(Bytes(4, 0xFF)), ErrorCode::kMalformed);  // a count without its entries
}

TEST(SecretTreeRecords, HostileSendersAreRefused) {
  SecretTree tree = tree_of(8);
  ASSERT_TRUE(tree.take(LeafIndex{5}, kApplication, 2));
  const Bytes good = sender_record(tree, 5);
  ASSERT_EQ(good.size(), 2U * 40 + 2 * 48);
  EXPECT_EQ(code_of(tree.read_sender(LeafIndex{5}, good)), ErrorCode{});
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(code_of(tree.read_sender(LeafIndex{5}, ByteView(good).first(size))),
              ErrorCode::kMalformed);
  }
  const auto changed = [&](std::size_t at, std::uint8_t value) {
    Bytes bad = good;
    bad[at] = value;
    return code_of(tree.read_sender(LeafIndex{5}, bad));
  };
  constexpr std::size_t kKept = 2 * 40;
  EXPECT_EQ(changed(kKept - 1, 3), ErrorCode::kMalformed);       // more keys than bytes
  EXPECT_EQ(changed(kKept - 4, 0xFF), ErrorCode::kMalformed);    // far more
  EXPECT_EQ(changed(kKept + 3, 1), ErrorCode::kMalformed);       // generation 1 twice
  EXPECT_EQ(changed(kKept + 48 + 3, 3), ErrorCode::kMalformed);  // not skipped yet
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(code_of(tree.read_sender(LeafIndex{5}, longer)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(tree.read_sender(LeafIndex{8}, good)), ErrorCode::kMalformed);
  // A leaf that an unexpanded node still hides has no ratchets: used keys would come back.
  EXPECT_EQ(code_of(tree.read_sender(LeafIndex{0}, good)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(tree.read_sender(LeafIndex{4}, good)), ErrorCode::kMalformed);
}

// 9.1
TEST(SecretTreeRecords, TheLastGenerationIsTheLast) {
  SecretTree tree = tree_of(2);
  ASSERT_TRUE(tree.next(LeafIndex{1}, kApplication));
  Bytes record = sender_record(tree, 1);
  std::fill_n(record.begin() + 40, 4, std::uint8_t{0xFF});
  record[43] = 0xFE;
  ASSERT_TRUE(tree.read_sender(LeafIndex{1}, record));
  EXPECT_EQ(code_of(tree.take(LeafIndex{1}, kApplication, 0xFFFFFFFF)), ErrorCode::kTooLarge);
  const auto last = tree.next(LeafIndex{1}, kApplication);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->generation, 0xFFFFFFFE);
  EXPECT_EQ(code_of(tree.next(LeafIndex{1}, kApplication)), ErrorCode::kTooLarge);
  EXPECT_TRUE(tree.next(LeafIndex{1}, RatchetType::kHandshake));
}

}  // namespace
}  // namespace xom::mls
