// RFC 9420, section 9.2, for a whole group: neither used message keys nor the secrets of an epoch
// that ended are in the memory of the process.
#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/mls/group.h"
#include "tests/support/memory_scan.h"
#include "tests/support/seeded_random.h"

namespace xom::mls {
namespace {

using test::Needle;

class GroupDeletion : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::can_scan_memory()) GTEST_SKIP() << "/proc/self/mem cannot be read here";
    const auto kp = make_key_package(bob_key, {Bytes(32, 2), {}, {0, 1000}}, random);
    const Bytes id(16, 9);
    const Bytes identity(32, 1);
    FoundOptions options{id, identity, {}, {}, {0, 1000}};
    const Group founded = Group::found(options, {alice_key, random});
    CommitOptions adding;
    adding.proposals.push_back({Add{kp.key_package}});
    auto made = founded.commit(adding, no_psks(), no_policy(), {alice_key, random});
    ASSERT_TRUE(made) << made.error().message;
    auto joined = Group::join(*made->welcome, kp.key_package, kp.secrets, no_psks());
    ASSERT_TRUE(joined) << joined.error().message;
    alice = std::make_unique<Group>(std::move(made->next));
    bob = std::make_unique<Group>(std::move(*joined));
  }
  static crypto::SecretBytes record(const Group& group, RecordKind kind) {
    auto records = group.records();
    const auto found = std::ranges::find(records, kind, [](const Record& r) { return r.key.kind; });
    return std::move(found->value);
  }
  // The eight secrets that the record of an epoch begins with, after the own leaf's index.
  static std::vector<Needle> epoch_needles(const Group& group) {
    const crypto::SecretBytes epoch = record(group, RecordKind::kEpoch);
    std::vector<Needle> out;
    for (std::size_t i = 0; i < 8; ++i) out.emplace_back(epoch.view().subspan(4 + 32 * i, 32));
    return out;
  }
  // Of a group in which nothing was sent yet.
  static Needle key_needle(const Group& group, LeafIndex sender, std::uint32_t generation) {
    auto tree = SecretTree::read_nodes(group.public_group().tree().size(),
                                       record(group, RecordKind::kSecrets).view());
    return Needle(tree->take(sender, RatchetType::kApplication, generation)->key.view());
  }
  PrivateMessage say(std::string_view text) {
    auto sent = alice->encrypt(view_of(text), {}, {alice_key, random});
    *alice = std::move(sent->next);
    return std::move(sent->message);
  }
  void expect_everywhere(const std::vector<Needle>& needles) {
    for (const Needle& needle : needles) EXPECT_GT(needle.places(), 0U);
  }
  void expect_nowhere(const std::vector<Needle>& needles) {
    for (std::size_t i = 0; i < needles.size(); ++i) EXPECT_EQ(needles[i].places(), 0U) << i;
  }

  test::SeededRandom random{21};
  crypto::SigningKey alice_key = crypto::SigningKey::generate(random);
  crypto::SigningKey bob_key = crypto::SigningKey::generate(random);
  std::unique_ptr<Group> alice, bob;
};

TEST_F(GroupDeletion, AMessageKeyIsGoneOnceItsMessageWasRead) {
  const Needle first_key = key_needle(*bob, alice->self(), 0);
  const PrivateMessage first = say("một");
  const PrivateMessage second = say("hai");
  ASSERT_TRUE(bob->decrypt_in_place(second));
  EXPECT_GT(first_key.places(), 0U);
  ASSERT_TRUE(bob->decrypt_in_place(first));
  EXPECT_EQ(first_key.places(), 0U);
  EXPECT_FALSE(bob->decrypt_in_place(first));
}

TEST_F(GroupDeletion, AnEpochIsGoneOnceAllHaveLeftIt) {
  const std::vector<Needle> old = epoch_needles(*bob);
  const PrivateMessage late = say("muộn");
  auto made = bob->commit({}, no_psks(), no_policy(), {bob_key, random});
  ASSERT_TRUE(made) << made.error().message;
  auto processed = alice->process({made->commit}, no_psks(), no_policy());
  ASSERT_TRUE(processed && processed->next);
  const std::vector<Needle> now = epoch_needles(made->next);
  expect_everywhere(old);
  expect_everywhere(now);
  ASSERT_TRUE(bob->decrypt(late));

  alice = std::make_unique<Group>(std::move(*processed->next));
  bob = std::make_unique<Group>(std::move(made->next));
  processed->next.reset();
  expect_nowhere(old);
  expect_everywhere(now);
  alice.reset();
  bob.reset();
  expect_nowhere(now);
}

// The loser of an epoch drops what it made, and no secret of it stays.
TEST_F(GroupDeletion, AnEpochThatNeverCameIsGone) {
  const std::vector<Needle> present = epoch_needles(*bob);
  std::vector<Needle> lost;
  {
    auto made = bob->commit({}, no_psks(), no_policy(), {bob_key, random});
    ASSERT_TRUE(made) << made.error().message;
    lost = epoch_needles(made->next);
    expect_everywhere(lost);
  }
  expect_nowhere(lost);
  expect_everywhere(present);
}

}  // namespace
}  // namespace xom::mls
