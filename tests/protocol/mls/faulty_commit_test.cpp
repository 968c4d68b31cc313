// Each fault of tests/support/faulty_commit.h: a node would order the commit, and exactly those
// whom it is meant for find it wrong.
#include "tests/support/faulty_commit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/mls/message_protection.h"
#include "tests/protocol/mls/crew.h"

namespace xom::mls::testing {
namespace {

using test::Fault;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::size_t kAttacker = 1;

class FaultyCommit : public ::testing::Test {
 protected:
  Result<Group::Made> attempt(Fault fault, std::uint32_t victim,
                              std::vector<Proposal> proposals = {}) {
    CommitOptions options;
    options.proposals = std::move(proposals);
    return test::commit_with(fault, LeafIndex{victim}, crew.group(kAttacker), options, no_policy(),
                             crew.by(kAttacker));
  }
  // A commit with an Add, in which all that needs no secret is right.
  Group::Made make(Fault fault, std::uint32_t victim = 0) {
    auto made = attempt(fault, victim, {crew.add(newcomer)});
    EXPECT_TRUE(made) << made.error().message;
    const auto staged = crew.group(0).public_group().stage(without_tag(made->commit), no_policy());
    EXPECT_TRUE(staged) << staged.error().message;
    const auto checked = PublicGroup::check_group_info(made->group_info, *staged);
    EXPECT_TRUE(checked) << checked.error().message;
    const Hash reference = crew[newcomer].package->key_package.reference();
    EXPECT_EQ(made->welcome->secrets.size(), 1U);
    EXPECT_TRUE(std::ranges::equal(made->welcome->secrets[0].new_member, reference.bytes));
    return std::move(*made);
  }
  // Who refuses it, and why; the others come to the state that it gives.
  std::vector<std::size_t> refusers(const Group::Made& made) {
    std::vector<std::size_t> found;
    const Message message = over_the_wire({made.commit});
    for (std::size_t i = 0; i < kMembers; ++i) {
      if (i == kAttacker) continue;
      auto processed = crew.group(i).process(message, no_psks(), no_policy());
      if (processed) {
        EXPECT_EQ(to_hex(processed->next->epoch_authenticator()),
                  to_hex(made.next.epoch_authenticator()));
        continue;
      }
      EXPECT_EQ(processed.error().code, ErrorCode::kBadSignature);
      reason = processed.error().message;
      found.push_back(i);
    }
    return found;
  }
  Result<Group> join(const Group::Made& made) {
    const NewKeyPackage& package = *crew[newcomer].package;
    return Group::join(*made.welcome, package.key_package, package.secrets, no_psks());
  }
  // Does the attacker let somebody in who re-enters by this GroupInfo?
  Result<Group::Processed> reenter(const Group::Made& made) {
    auto joined = Group::join_external(made.group_info,
                                       {.identity = crew[0].identity,
                                        .leaf_extensions = {},
                                        .remove = crew.group(0).self(),
                                        .authenticated_data = {}},
                                       no_policy(), crew.by(0));
    EXPECT_TRUE(joined) << joined.error().message;
    const auto staged = made.next.public_group().stage(without_tag(joined->commit), no_policy());
    EXPECT_TRUE(staged) << staged.error().message;
    return made.next.process({joined->commit}, no_psks(), no_policy());
  }

  static constexpr std::size_t kMembers = 5;
  Crew crew{kMembers};
  std::size_t newcomer = crew.outsider();
  std::string reason;
};

TEST_F(FaultyCommit, NoneIsWhatAnHonestMemberMakes) {
  const Group::Made made = make(Fault::kNone);
  EXPECT_THAT(refusers(made), IsEmpty());
  EXPECT_TRUE(reenter(made));
  crew.accept(kAttacker, made);
  crew.accept(newcomer, crew.commit(newcomer, {}));
}

TEST_F(FaultyCommit, ConfirmationTagIsRefusedByAll) {
  const Group::Made made = make(Fault::kConfirmationTag);
  EXPECT_THAT(refusers(made), ElementsAre(0, 2, 3, 4));
  EXPECT_THAT(reason, HasSubstr("confirmation tag"));
  EXPECT_THAT(join(made).error().message, HasSubstr("confirmation tag"));
}

TEST_F(FaultyCommit, MembershipTagIsRefusedByAll) {
  const Group::Made made = make(Fault::kMembershipTag);
  EXPECT_THAT(refusers(made), ElementsAre(0, 2, 3, 4));
  EXPECT_THAT(reason, HasSubstr("membership tag"));
}

TEST_F(FaultyCommit, PathIsRefusedByTheVictimAlone) {
  for (std::uint32_t victim : {0U, 2U, 3U, 4U}) {
    const Group::Made made = make(Fault::kPath, victim);
    EXPECT_THAT(refusers(made), ElementsAre(victim));
    EXPECT_TRUE(join(made));
  }
}

TEST_F(FaultyCommit, PathSpoilsNoCiphertextThatOthersOpenToo) {
  crew.accept(2, crew.commit(2, {}));
  EXPECT_EQ(attempt(Fault::kPath, 2).error().code, ErrorCode::kConflict);
  EXPECT_EQ(attempt(Fault::kPath, 3).error().code, ErrorCode::kConflict);
  EXPECT_THAT(refusers(make(Fault::kPath, 0)), ElementsAre(0));
  EXPECT_THAT(refusers(make(Fault::kPath, 4)), ElementsAre(4));
  EXPECT_EQ(attempt(Fault::kPath, kAttacker).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(attempt(Fault::kPath, 7).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(attempt(Fault::kPath, 4, {{Remove{LeafIndex{4}}}}).error().code, ErrorCode::kNotFound);
}

// A leaf that came in below a node which others share is sealed to by itself.
TEST_F(FaultyCommit, PathFindsAnUnmergedLeaf) {
  crew.accept(2, crew.commit(2, {{Remove{LeafIndex{3}}}}));
  crew[3].group.reset();
  const std::size_t again = crew.outsider();
  crew.accept(0, crew.commit(0, {crew.add(again)}));
  ASSERT_EQ(crew.group(again).self(), LeafIndex{3});
  const auto made = attempt(Fault::kPath, 3);
  ASSERT_TRUE(made) << made.error().message;
  for (const std::size_t reader : {std::size_t{0}, std::size_t{2}, std::size_t{4}, again}) {
    EXPECT_EQ(crew.group(reader).process({made->commit}, no_psks(), no_policy()).has_value(),
              reader != again);
  }
}

TEST_F(FaultyCommit, WelcomeIsRefusedByTheNewcomerAlone) {
  const Group::Made made = make(Fault::kWelcome);
  EXPECT_THAT(refusers(made), IsEmpty());
  EXPECT_EQ(join(made).error().code, ErrorCode::kBadSignature);
  EXPECT_TRUE(join(make(Fault::kNone)));
  EXPECT_EQ(attempt(Fault::kWelcome, 0).error().code, ErrorCode::kMalformed);
}

TEST_F(FaultyCommit, ExternalPubIsRefusedWhenSomebodyReenters) {
  const Group::Made made = make(Fault::kExternalPub);
  EXPECT_THAT(refusers(made), IsEmpty());
  EXPECT_TRUE(join(made));
  const auto entered = reenter(made);
  ASSERT_FALSE(entered);
  EXPECT_EQ(entered.error().code, ErrorCode::kBadSignature);
}

}  // namespace
}  // namespace xom::mls::testing
