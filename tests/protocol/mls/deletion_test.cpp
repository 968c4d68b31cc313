// RFC 9420, section 9.2: what was used is nowhere in the memory of the process any more.
#include <gtest/gtest.h>

#include "protocol/mls/message_protection.h"
#include "tests/protocol/mls/samples.h"
#include "tests/support/memory_scan.h"
#include "tests/support/seeded_random.h"

namespace xom::mls {
namespace {

using test::Needle;

constexpr auto kApplication = RatchetType::kApplication;

class Deletion : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::can_scan_memory()) GTEST_SKIP() << "/proc/self/mem cannot be read here";
    secrets = std::make_unique<EpochSecrets>(first_epoch_secrets(random));
  }
  [[nodiscard]] SecretTree tree() const { return {TreeSize{8}, secrets->encryption}; }
  // Worked out in a tree that is gone afterwards.
  [[nodiscard]] Needle key_needle(std::uint32_t leaf, std::uint32_t generation) const {
    SecretTree other = tree();
    return Needle(other.take(LeafIndex{leaf}, kApplication, generation)->key.view());
  }
  [[nodiscard]] PrivateMessage seal(SecretTree& tree, std::uint8_t text) {
    const GroupContext context = testing::sample_context();
    FramedContent content{
        context.group_id, context.epoch, {SenderType::kMember, 3}, {}, ApplicationData{{text}}};
    return protect_private(sign_content(WireFormat::kPrivateMessage, std::move(content),
                                        testing::sample_key(), context),
                           secrets->sender_data, tree, 0, random)
        .value();
  }
  test::SeededRandom random{20};
  std::unique_ptr<EpochSecrets> secrets;
};

TEST_F(Deletion, AMessageKeyIsGoneWithItsHolder) {
  SecretTree receiver = tree();
  const Needle needle = key_needle(3, 0);
  EXPECT_EQ(needle.places(), 0U);
  auto key = std::make_unique<MessageKey>(receiver.take(LeafIndex{3}, kApplication, 0).value());
  EXPECT_EQ(needle.places(), 2U);  // its beginning and its end, once
  key.reset();
  EXPECT_EQ(needle.places(), 0U);
}

TEST_F(Deletion, ASkippedKeyIsKeptUntilItsMessageWasOpened) {
  SecretTree sender = tree();
  SecretTree receiver = tree();
  const Needle first = key_needle(3, 0);
  const Needle second = key_needle(3, 1);
  const Needle third = key_needle(3, 2);
  const PrivateMessage a = seal(sender, 'a');
  (void)seal(sender, 'b');
  const PrivateMessage c = seal(sender, 'c');
  ASSERT_TRUE(unprotect_private(c, secrets->sender_data, receiver));
  EXPECT_GT(first.places(), 0U);
  EXPECT_GT(second.places(), 0U);
  EXPECT_EQ(third.places(), 0U);
  PrivateMessage forged = a;
  forged.ciphertext.back() ^= 1;
  ASSERT_FALSE(unprotect_private(forged, secrets->sender_data, receiver));
  EXPECT_EQ(first.places(), 2U);
  ASSERT_TRUE(unprotect_private(a, secrets->sender_data, receiver));
  EXPECT_EQ(first.places(), 0U);
  EXPECT_GT(second.places(), 0U);
  receiver = SecretTree();
  EXPECT_EQ(second.places(), 0U);
}

TEST_F(Deletion, AStateBeforeAMessageHoldsItsKeyAsLongAsItLives) {
  SecretTree receiver = tree();
  const Needle needle = key_needle(3, 0);
  ASSERT_TRUE(receiver.take(LeafIndex{3}, kApplication, 1));
  auto before = std::make_unique<SecretTree>(receiver);
  ASSERT_TRUE(receiver.take(LeafIndex{3}, kApplication, 0));
  EXPECT_GT(needle.places(), 0U);
  before.reset();
  EXPECT_EQ(needle.places(), 0U);
}

TEST_F(Deletion, TheRootAndThePathOfALeafAreGoneOnceItsKeysWereMade) {
  const Needle root(secrets->encryption.view());
  const Needle half(expand_with_label(secrets->encryption.view(), "tree", view_of("left")).view());
  const Needle other(
      expand_with_label(secrets->encryption.view(), "tree", view_of("right")).view());
  SecretTree receiver = tree();
  secrets->encryption = Secret();
  EXPECT_GT(root.places(), 0U);
  EXPECT_EQ(half.places(), 0U);
  ASSERT_TRUE(receiver.take(LeafIndex{3}, kApplication, 0));
  EXPECT_EQ(root.places(), 0U);
  EXPECT_EQ(half.places(), 0U);
  EXPECT_GT(other.places(), 0U);  // of leaves that were not heard yet
}

TEST_F(Deletion, TheSecretsOfAnEpochAreGoneWithIt) {
  const std::vector<Needle> needles = {
      Needle(secrets->sender_data.view()),
      Needle(secrets->encryption.view()),
      Needle(secrets->exporter.view()),
      Needle(secrets->external.view()),
      Needle(secrets->confirmation_key.view()),
      Needle(secrets->membership_key.view()),
      Needle(secrets->resumption_psk.view()),
      Needle(secrets->epoch_authenticator.view()),
      Needle(secrets->init.view()),
  };
  const GroupContext context = testing::sample_context();
  const Secret commit_secret(Bytes(32, 8));
  const Secret joiner = joiner_secret(secrets->init, commit_secret, context);
  auto next = std::make_unique<EpochSecrets>(epoch_secrets(joiner.view(), psk_secret({}), context));
  for (const Needle& needle : needles) EXPECT_GT(needle.places(), 0U);
  (void)external_key_pair(secrets->external);
  secrets.reset();
  for (const Needle& needle : needles) EXPECT_EQ(needle.places(), 0U);
  EXPECT_GT(Needle(next->init.view()).places(), 0U);
}

}  // namespace
}  // namespace xom::mls
