#include "protocol/mls/secret_tree.h"

#include <gtest/gtest.h>

#include "protocol/mls/limits.h"
#include "protocol/mls/sender_data.h"
#include "tests/protocol/mls/vectors.h"

namespace xom::mls {
namespace {

using testing::hex;
using testing::number;

constexpr auto kApplication = RatchetType::kApplication;
constexpr auto kHandshake = RatchetType::kHandshake;

Bytes bytes_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode{} : result.error().code;
}
SecretTree tree_of(std::uint32_t leaves) { return {TreeSize{leaves}, Secret(Bytes(32, 7))}; }
Bytes key_at(SecretTree tree, std::uint32_t leaf, RatchetType type, std::uint32_t generation) {
  return bytes_of(tree.take(LeafIndex{leaf}, type, generation).value().key.view());
}

TEST(SecretTree, EveryKeyOfEveryLeafIsTheWorkingGroups) {
  XOM_VECTORS_OR_SKIP(cases, suite_cases, "secret-tree.json");
  for (const auto& test : cases) {
    const auto& sender_data = test.at("sender_data");
    const SenderDataKey key = sender_data_key(Secret(hex(sender_data, "sender_data_secret")),
                                              hex(sender_data, "ciphertext"));
    EXPECT_EQ(bytes_of(key.key.view()), hex(sender_data, "key"));
    EXPECT_EQ(bytes_of(key.nonce.view()), hex(sender_data, "nonce"));

    const auto& leaves = test.at("leaves").as_array();
    SecretTree tree(TreeSize{static_cast<std::uint32_t>(leaves.size())},
                    Secret(hex(test, "encryption_secret")));
    for (std::uint32_t leaf = 0; leaf < leaves.size(); ++leaf) {
      for (const auto& entry : leaves[leaf].as_array()) {
        const auto generation = static_cast<std::uint32_t>(number(entry, "generation"));
        const auto handshake = tree.take(LeafIndex{leaf}, kHandshake, generation);
        const auto application = tree.take(LeafIndex{leaf}, kApplication, generation);
        ASSERT_TRUE(handshake && application);
        EXPECT_EQ(bytes_of(handshake->key.view()), hex(entry, "handshake_key"));
        EXPECT_EQ(bytes_of(handshake->nonce.view()), hex(entry, "handshake_nonce"));
        EXPECT_EQ(bytes_of(application->key.view()), hex(entry, "application_key"));
        EXPECT_EQ(bytes_of(application->nonce.view()), hex(entry, "application_nonce"));
      }
    }
  }
}

TEST(SecretTree, ASenderAndAReceiverMeetInAnyOrderAndEachKeyOnce) {
  SecretTree sender = tree_of(4);
  SecretTree receiver = tree_of(4);
  std::vector<Bytes> keys;
  for (int i = 0; i < 6; ++i) {
    keys.push_back(bytes_of(sender.next(LeafIndex{2}, kApplication).value().key.view()));
  }
  for (const std::uint32_t generation : {3U, 0U, 5U, 4U, 1U, 2U}) {
    const auto key = receiver.take(LeafIndex{2}, kApplication, generation);
    ASSERT_TRUE(key) << generation;
    EXPECT_EQ(bytes_of(key->key.view()), keys[generation]);
    EXPECT_EQ(key->generation, generation);
    EXPECT_EQ(code_of(receiver.take(LeafIndex{2}, kApplication, generation)), ErrorCode::kNotFound);
  }
  // What was sent cannot be opened by its sender.
  EXPECT_EQ(code_of(sender.take(LeafIndex{2}, kApplication, 5)), ErrorCode::kNotFound);
}

TEST(SecretTree, LeavesAndRatchetsHaveKeysOfTheirOwn) {
  std::vector<Bytes> keys;
  for (std::uint32_t leaf = 0; leaf < 8; ++leaf) {
    for (const RatchetType type : {kHandshake, kApplication}) {
      keys.push_back(key_at(tree_of(8), leaf, type, 0));
      keys.push_back(key_at(tree_of(8), leaf, type, 1));
    }
  }
  std::ranges::sort(keys);
  EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
}

TEST(SecretTree, ACopyIsAnotherValue) {
  const SecretTree before = tree_of(4);
  SecretTree after = before;
  ASSERT_TRUE(after.take(LeafIndex{1}, kApplication, 2));
  EXPECT_EQ(key_at(before, 1, kApplication, 2), key_at(tree_of(4), 1, kApplication, 2));
  SecretTree later = after;
  ASSERT_TRUE(later.take(LeafIndex{1}, kApplication, 0));
  EXPECT_TRUE(after.take(LeafIndex{1}, kApplication, 0));
  EXPECT_EQ(code_of(later.take(LeafIndex{1}, kApplication, 0)), ErrorCode::kNotFound);
}

// 15.3
TEST(SecretTree, SkippingIsBounded) {
  SecretTree tree = tree_of(2);
  EXPECT_EQ(code_of(tree.take(LeafIndex{0}, kApplication, kMaxSkippedGenerations + 1)),
            ErrorCode::kTooLarge);
  EXPECT_EQ(code_of(tree.take(LeafIndex{0}, kApplication, 0xFFFFFFFF)), ErrorCode::kTooLarge);
  EXPECT_TRUE(tree.take(LeafIndex{0}, kApplication, kMaxSkippedGenerations));
  // All that were skipped are there; further skipping costs the oldest.
  EXPECT_TRUE(tree.take(LeafIndex{0}, kApplication, 0));
  EXPECT_TRUE(tree.take(LeafIndex{0}, kApplication, kMaxSkippedGenerations + 11));
  EXPECT_EQ(code_of(tree.take(LeafIndex{0}, kApplication, 9)), ErrorCode::kNotFound);
  EXPECT_TRUE(tree.take(LeafIndex{0}, kApplication, 10));
  EXPECT_TRUE(tree.take(LeafIndex{0}, kApplication, kMaxSkippedGenerations + 10));
}

TEST(SecretTree, SendersOutsideTheTreeAreRefused) {
  SecretTree tree = tree_of(4);
  EXPECT_EQ(code_of(tree.take(LeafIndex{4}, kApplication, 0)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(tree.take(LeafIndex{0xFFFFFFFF}, kHandshake, 0)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(tree.next(LeafIndex{4}, kApplication)), ErrorCode::kMalformed);
  SecretTree none;
  EXPECT_EQ(code_of(none.take(LeafIndex{0}, kApplication, 0)), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace xom::mls
