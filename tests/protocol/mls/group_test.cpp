#include "protocol/mls/group.h"

#include "tests/protocol/mls/crew.h"

namespace xom::mls {
namespace {

using testing::Crew;
using testing::over_the_wire;

const auto kWord = view_of("chào bà con");

// Everybody but the sender reads it, and learns who wrote.
void expect_heard(Crew& crew, std::size_t sender, std::initializer_list<std::size_t> readers) {
  auto sent = crew.group(sender).encrypt(kWord, view_of("seen"), crew.by(sender));
  ASSERT_TRUE(sent) << sent.error().message;
  crew[sender].group = std::move(sent->next);
  const Message message = over_the_wire({sent->message});
  for (std::size_t reader : readers) {
    auto heard = crew.group(reader).decrypt(std::get<PrivateMessage>(message.value));
    ASSERT_TRUE(heard) << heard.error().message;
    EXPECT_EQ(text_of(heard->plaintext.view()), text_of(kWord));
    EXPECT_EQ(text_of(heard->authenticated_data), "seen");
    EXPECT_EQ(heard->sender, crew.group(sender).self());
    crew[reader].group = std::move(heard->next);
  }
}

TEST(Group, FounderIsAloneAndMayCommit) {
  Crew crew(1);
  EXPECT_EQ(crew.group(0).epoch(), Epoch{0});
  crew.accept(0, crew.commit(0, {}));
  EXPECT_EQ(crew.group(0).epoch(), Epoch{1});
  EXPECT_EQ(crew.group(0).public_group().tree().members().size(), 1U);
}

TEST(Group, OneWelcomeIsForAllNewcomers) {
  Crew crew(5);
  EXPECT_EQ(crew.group(4).epoch(), Epoch{1});
  expect_heard(crew, 0, {1, 2, 3, 4});
  expect_heard(crew, 4, {0, 1, 2, 3});
}

TEST(Group, WelcomeAlsoWithAPathAndAfterRemovals) {
  Crew crew(9);
  crew.accept(3, crew.commit(3, {{Remove{crew.group(1).self()}}, {Remove{crew.group(6).self()}}}));
  CommitOptions options;
  options.force_path = true;
  options.proposals = {crew.add(crew.outsider()), crew.add(crew.outsider()),
                       crew.add(crew.outsider())};
  crew.accept(8, crew.group(8).commit(options, crew.psks, no_policy(), crew.by(8)));
  crew.accept(10, crew.commit(10, {}));
  crew.accept(11, crew.commit(11, {}));
  expect_heard(crew, 9, {0, 2, 8, 10, 11});
}

TEST(Group, ExportedSecretsAreEqualAndBoundToLabelAndContext) {
  Crew crew(2);
  const auto exported = [&](std::size_t i, std::string_view label, std::string_view context) {
    return to_hex(crew.group(i).export_secret(label, view_of(context), 40).view());
  };
  EXPECT_EQ(exported(0, "a", "b"), exported(1, "a", "b"));
  EXPECT_NE(exported(0, "a", "b"), exported(1, "a", "c"));
  EXPECT_NE(exported(0, "a", "b"), exported(1, "b", "b"));
  EXPECT_EQ(to_hex(crew.group(0).resumption_psk()->view()),
            to_hex(crew.group(1).resumption_psk()->view()));
}

TEST(Group, MessagesInAnyOrderEachOnce) {
  Crew crew(2);
  std::vector<PrivateMessage> sent;
  for (int i = 0; i < 4; ++i) {
    auto one = crew.group(0).encrypt(kWord, {}, crew.by(0));
    ASSERT_TRUE(one);
    crew[0].group = std::move(one->next);
    sent.push_back(one->message);
  }
  for (std::size_t i : {2U, 0U, 3U, 1U}) {
    EXPECT_TRUE(crew.group(1).decrypt_in_place(sent[i]));
    EXPECT_EQ(crew.group(1).decrypt_in_place(sent[i]).error().code, ErrorCode::kNotFound);
  }
  EXPECT_EQ(crew.group(0).decrypt(sent[0]).error().code, ErrorCode::kNotFound);
}

TEST(Group, OwnMessageOnAnOlderStateIsNotTakenForAnothers) {
  Crew crew(2);
  auto sent = crew.group(0).encrypt(kWord, {}, crew.by(0));
  ASSERT_TRUE(sent);
  EXPECT_EQ(crew.group(0).decrypt(sent->message).error().code, ErrorCode::kNotPermitted);
}

TEST(Group, LateMessageIsOpenedByTheValueOfItsEpoch) {
  Crew crew(2);
  auto late = crew.group(0).encrypt(kWord, {}, crew.by(0));
  ASSERT_TRUE(late);
  Group old = crew.group(1);
  crew.accept(0, crew.commit(0, {}));
  auto early = crew.group(0).encrypt(kWord, {}, crew.by(0));
  ASSERT_TRUE(early);
  EXPECT_EQ(crew.group(1).decrypt(late->message).error().code, ErrorCode::kStaleEpoch);
  const auto future = old.decrypt(early->message);
  EXPECT_EQ(future.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(future.error().detail, 2U);
  EXPECT_TRUE(old.decrypt(late->message));
}

TEST(Group, UpdateOfAnotherCommittedByReference) {
  Crew crew(4);
  const Bytes before =
      crew.group(2).public_group().tree().leaf(crew.group(2).self())->encryption_key;
  LeafNode leaf = *crew.group(2).public_group().tree().leaf(crew.group(2).self());
  crew.propose(2, {Update{leaf}});
  crew.accept(0, crew.commit(0, {}, true));
  EXPECT_NE(crew.group(2).public_group().tree().leaf(crew.group(2).self())->encryption_key, before);
  EXPECT_TRUE(crew.group(0).public_group().pending().empty());
  // The new key is in use: only with it can member 2 follow.
  crew.accept(1, crew.commit(1, {}));
  expect_heard(crew, 2, {0, 1, 3});
}

TEST(Group, OfTwoProposalsForOneLeafTheRemoveIsCommitted) {
  Crew crew(4);
  crew.propose(2, {Update{*crew.group(2).public_group().tree().leaf(crew.group(2).self())}});
  crew.propose(1, {Remove{crew.group(2).self()}});
  crew.propose(3, {Remove{crew.group(0).self()}});
  crew.accept(0, crew.commit(0, {}, true));
  EXPECT_FALSE(crew[2].group);
  EXPECT_TRUE(crew[0].group);
}

TEST(Group, ProposalsGoBeforeMessages) {
  Crew crew(3);
  crew.propose(1, {Remove{crew.group(2).self()}});
  EXPECT_EQ(crew.group(0).encrypt(kWord, {}, crew.by(0)).error().code, ErrorCode::kConflict);
  crew.accept(0, crew.commit(0, {}, true));
  expect_heard(crew, 0, {1});
}

TEST(Group, RemovedMemberKnowsItAndReadsNothingNew) {
  Crew crew(4);
  const Group removed = crew.group(2);
  auto made = crew.commit(1, {{Remove{removed.self()}}});
  ASSERT_TRUE(made);
  const Message commit = over_the_wire({made->commit});
  auto processed = removed.process(commit, crew.psks, no_policy());
  ASSERT_TRUE(processed);
  EXPECT_FALSE(processed->next);
  EXPECT_EQ(processed->commit->removed, std::vector{removed.self()});
  crew.accept(1, std::move(*made));
  auto sent = crew.group(0).encrypt(kWord, {}, crew.by(0));
  ASSERT_TRUE(sent);
  EXPECT_FALSE(removed.decrypt(sent->message));
  sent->message.epoch = removed.epoch();
  EXPECT_FALSE(removed.decrypt(sent->message));
}

TEST(Group, RemovedMemberKnowsItWhenItsPlaceIsFilledByTheSameCommit) {
  Crew crew(4);
  const LeafIndex place = crew.group(2).self();
  const std::size_t newcomer = crew.outsider();
  crew.accept(1, crew.commit(1, {{Remove{place}}, crew.add(newcomer)}));
  EXPECT_FALSE(crew[2].group);
  EXPECT_EQ(crew.group(newcomer).self(), place);
  expect_heard(crew, newcomer, {0, 1, 3});
}

TEST(Group, LoserOfAnEpochFollowsTheWinner) {
  Crew crew(3);
  const std::size_t newcomer = crew.outsider();
  auto lost = crew.commit(1, {crew.add(newcomer)});
  ASSERT_TRUE(lost);
  crew.accept(2, crew.commit(2, {}));
  EXPECT_EQ(crew.group(0).process({lost->commit}, crew.psks, no_policy()).error().code,
            ErrorCode::kStaleEpoch);
  crew.accept(1, crew.commit(1, {crew.add(newcomer)}));
  expect_heard(crew, 1, {0, 2, newcomer});
}

TEST(Group, OwnCommitIsNotProcessed) {
  Crew crew(2);
  auto made = crew.commit(0, {});
  ASSERT_TRUE(made);
  EXPECT_EQ(crew.group(0).process({made->commit}, crew.psks, no_policy()).error().code,
            ErrorCode::kNotPermitted);
}

TEST(Group, PreSharedKeysOfBothKinds) {
  Crew crew(3);
  crew.psks.learn_epoch(crew.group(0));
  const Epoch epoch = crew.group(0).epoch();
  const std::size_t newcomer = crew.outsider();
  crew.accept(0, crew.commit(0, {crew.psks.learn("giấy", crew.random), crew.add(newcomer)}));
  Proposal resumption = crew.psks.learn("", crew.random);
  auto& id = std::get<PreSharedKey>(resumption.value).psk;
  id.type = PskType::kResumption;
  id.group_id = crew.group(0).public_group().context().group_id;
  id.epoch = epoch;
  crew.accept(newcomer, crew.commit(newcomer, {resumption}));
  expect_heard(crew, newcomer, {0, 1, 2});
}

TEST(Group, UnknownPreSharedKeyIsToldByMakerReaderAndNewcomer) {
  Crew crew(2);
  const std::size_t newcomer = crew.outsider();
  const Proposal psk = crew.psks.learn("giấy", crew.random);
  CommitOptions options;
  options.proposals = {psk, crew.add(newcomer)};
  EXPECT_EQ(crew.group(0).commit(options, no_psks(), no_policy(), crew.by(0)).error().code,
            ErrorCode::kNotFound);
  auto made = crew.group(0).commit(options, crew.psks, no_policy(), crew.by(0));
  ASSERT_TRUE(made);
  EXPECT_EQ(crew.group(1).process({made->commit}, no_psks(), no_policy()).error().code,
            ErrorCode::kNotFound);
  const NewKeyPackage& package = *crew[newcomer].package;
  EXPECT_EQ(
      Group::join(*made->welcome, package.key_package, package.secrets, no_psks()).error().code,
      ErrorCode::kNotFound);
  crew.accept(0, std::move(made));
}

TEST(Group, ContextExtensionsChangeForAll) {
  Crew crew(3);
  const Extensions rules{{static_cast<std::uint16_t>(ExtensionType::kPolicy), {1, 2, 3}}};
  crew.accept(1, crew.commit(1, {{GroupContextExtensions{rules}}}));
  EXPECT_EQ(crew.group(2).public_group().context().extensions, rules);
}

TEST(Group, LeafExtensionsChangeWithAPath) {
  Crew crew(3);
  CommitOptions options;
  options.leaf_extensions =
      Extensions{Extension{static_cast<std::uint16_t>(ExtensionType::kLeafFacts), Bytes{9}}};
  crew.accept(1, crew.group(1).commit(options, crew.psks, no_policy(), crew.by(1)));
  EXPECT_EQ(crew.group(0).public_group().tree().leaf(crew.group(1).self())->extensions,
            *options.leaf_extensions);
}

TEST(Group, EntersFromOutsideAndAgainOverItsOwnLeaf) {
  Crew crew(4);
  const std::size_t newcomer = crew.outsider();
  const auto enter = [&](std::optional<LeafIndex> remove) {
    const GroupInfo info = crew.group(1).group_info(crew[1].key);
    auto joined = Group::join_external(info,
                                       {.identity = crew[newcomer].identity,
                                        .leaf_extensions = {},
                                        .remove = remove,
                                        .authenticated_data = {}},
                                       no_policy(), crew.by(newcomer));
    ASSERT_TRUE(joined) << joined.error().message;
    crew.accept_external(newcomer, std::move(*joined));
  };
  enter({});
  expect_heard(crew, newcomer, {0, 1, 2, 3});
  enter(crew.group(newcomer).self());
  expect_heard(crew, newcomer, {0, 1, 2, 3});
  expect_heard(crew, 2, {0, 1, 3, newcomer});
  EXPECT_EQ(crew.group(0).public_group().tree().members().size(), 5U);
}

TEST(Group, ReInitEndsIt) {
  Crew crew(2);
  const Bytes next_id(32, 8);
  crew.accept(0, crew.commit(0, {{ReInit{next_id, kProtocolMls10, kSuite, {}}}}));
  EXPECT_TRUE(crew.group(1).public_group().ended());
  EXPECT_EQ(crew.group(1).encrypt(kWord, {}, crew.by(1)).error().code, ErrorCode::kNotPermitted);
  EXPECT_EQ(crew.commit(1, {}).error().code, ErrorCode::kNotPermitted);
  EXPECT_EQ(crew.group(1).propose({Remove{LeafIndex{0}}}, {}, crew.by(1)).error().code,
            ErrorCode::kNotPermitted);
}

TEST(Group, PolicyJudgesTheOwnCommitAsEverybodys) {
  class Nobody final : public Policy {
    Result<void> judge(const PublicGroup& before, const StagedCommit& commit) const override {
      EXPECT_EQ(before.epoch(), Epoch{1});
      EXPECT_EQ(commit.after->epoch(), Epoch{2});
      return fail(ErrorCode::kUntrusted, "nobody may");
    }
  } nobody;
  Crew crew(2);
  EXPECT_EQ(crew.group(0).commit({}, crew.psks, nobody, crew.by(0)).error().code,
            ErrorCode::kUntrusted);
  auto made = crew.commit(0, {});
  ASSERT_TRUE(made);
  EXPECT_EQ(crew.group(1).process({made->commit}, crew.psks, nobody).error().code,
            ErrorCode::kUntrusted);
  crew.accept(0, std::move(made));
}

}  // namespace
}  // namespace xom::mls
