#include "protocol/mls/public_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ranges>

#include "protocol/mls/external_senders.h"
#include "protocol/mls/limits.h"
#include "tests/protocol/mls/mls_world.h"

namespace xom::mls::testing {

namespace {

using ::testing::HasSubstr;

class PublicGroupTest : public ::testing::Test {
 protected:
  std::string propose(const AuthenticatedContent& content) {
    return outcome(world.group().with_proposal(content));
  }
  // A commit by member 0 gives the group these context extensions.
  void set_context(Extensions extensions) {
    CommitDraft draft;
    draft.proposals = {{Proposal{GroupContextExtensions{std::move(extensions)}}}};
    world.accept(world.stage(world.commit(0, draft)));
  }

  MlsWorld world{5, 2};
};

// Trap 8: the epoch is read first, and the future is not invalid.
TEST_F(PublicGroupTest, TellsPastFromFuture) {
  const PublicGroup& group = world.group();
  const Bytes& id = group.context().group_id;
  EXPECT_TRUE(group.check_epoch(id, group.epoch()));
  auto past = group.check_epoch(id, Epoch{raw(group.epoch()) - 1});
  EXPECT_EQ(past.error().code, ErrorCode::kStaleEpoch);
  EXPECT_EQ(past.error().detail, raw(group.epoch()));
  auto future = group.check_epoch(id, Epoch{raw(group.epoch()) + 2});
  EXPECT_EQ(future.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(future.error().detail, raw(group.epoch()) + 2);
  EXPECT_EQ(group.check_epoch({}, group.epoch()).error().code, ErrorCode::kNotFound);
}

// 12.1
TEST_F(PublicGroupTest, RemembersSignedProposalsOfThisEpoch) {
  const auto good = world.proposal(2, MlsWorld::remove(3));
  EXPECT_EQ(propose(good), "");
  auto wrong = good;
  wrong.auth.signature[0] ^= 1;
  EXPECT_THAT(propose(wrong), HasSubstr("5.1.2: bad signature"));
  wrong = good;
  wrong.content.epoch = Epoch{raw(world.group().epoch()) + 1};
  EXPECT_THAT(propose(wrong), HasSubstr("future epoch"));
  EXPECT_THAT(propose(world.commit(0, {})), HasSubstr("12.1: no proposal"));
  EXPECT_THAT(propose(world.proposal(2, MlsWorld::remove(9))), HasSubstr("12.1.3"));
  EXPECT_THAT(propose(world.proposal(2, MlsWorld::external_init())), HasSubstr("12.1.6"));
  EXPECT_THAT(propose(world.proposal(9, MlsWorld::remove(3))), HasSubstr("6.1"));
}

TEST_F(PublicGroupTest, RemembersEachProposalOnceAndABoundedNumber) {
  const auto once = world.proposal(2, MlsWorld::remove(3));
  auto group = world.group().with_proposal(once);
  ASSERT_TRUE(group);
  group = group->with_proposal(once);
  ASSERT_TRUE(group);
  EXPECT_EQ(group->pending().size(), 1u);
  EXPECT_TRUE(world.group().pending().empty());  // a value
  while (group && group->pending().size() < kMaxPendingProposals) {
    group = group->with_proposal(world.proposal(2, world.psk()));
  }
  ASSERT_TRUE(group);
  EXPECT_TRUE(group->with_proposal(once));
  EXPECT_EQ(group->with_proposal(world.proposal(2, world.psk())).error().code,
            ErrorCode::kTooLarge);
}

// 12.1.8
TEST_F(PublicGroupTest, HearsExternalSendersThatTheContextNames) {
  const crypto::SigningKey service = crypto::SigningKey::generate(world.random());
  const auto key = service.public_key_as<DeviceKey>();
  const auto by = [&](std::uint32_t index, Proposal proposal) {
    return world.sign({SenderType::kExternal, index}, service, std::move(proposal));
  };
  EXPECT_THAT(propose(by(0, MlsWorld::remove(3))), HasSubstr("6.1"));
  set_context({external_senders_extension({{{key.bytes.begin(), key.bytes.end()}, {}}})});
  EXPECT_EQ(propose(by(0, MlsWorld::remove(3))), "");
  EXPECT_EQ(propose(by(0, world.add(50))), "");
  EXPECT_THAT(propose(by(1, MlsWorld::remove(3))), HasSubstr("6.1"));
  EXPECT_THAT(propose(by(0, world.update(3))), HasSubstr("12.1.8"));
  EXPECT_THAT(propose(by(0, MlsWorld::external_init())), HasSubstr("12.1.8"));
  // 6.1: it proposes only.
  auto commit = world.sign({SenderType::kExternal, 0}, service, Commit{{{world.add(50)}}, {}});
  commit.auth.confirmation_tag = Bytes(32);
  EXPECT_THAT(outcome(world.stage(commit)), HasSubstr("6.1: this sender cannot commit"));
  EXPECT_THAT(outcome(world.group().apply({}, {SenderType::kExternal, 0})),
              HasSubstr("6.1: this sender cannot commit"));
  // A member commits it by its reference.
  const auto content = by(0, MlsWorld::remove(3));
  world.set_group(*world.group().with_proposal(content));
  CommitDraft draft;
  draft.proposals = {{proposal_ref(encode(content))}};
  const auto staged = world.stage(world.commit(0, draft));
  ASSERT_EQ(outcome(staged), "");
  EXPECT_EQ(staged->proposals[0].sender.type, SenderType::kExternal);
  set_context({});
  EXPECT_THAT(propose(by(0, MlsWorld::remove(3))), HasSubstr("6.1"));
}

TEST_F(PublicGroupTest, HearsNewcomersThatProposeTheirOwnAdd) {
  const Sender newcomer{SenderType::kNewMemberProposal, 0};
  EXPECT_EQ(propose(world.sign(newcomer, world.person(50).signer, world.add(50))), "");
  EXPECT_THAT(propose(world.sign(newcomer, world.person(51).signer, world.add(50))),
              HasSubstr("5.1.2: bad signature"));
  EXPECT_THAT(propose(world.sign(newcomer, world.person(50).signer, MlsWorld::remove(1))),
              HasSubstr("6.1"));
  const Sender committer{SenderType::kNewMemberCommit, 0};
  EXPECT_THAT(propose(world.sign(committer, world.person(50).signer, world.add(50))),
              HasSubstr("6.1"));
}

// 12.4.3.2
TEST_F(PublicGroupTest, ExternalCommitHasAPathAndNoReferences) {
  const auto remove = world.propose(2, MlsWorld::remove(3));
  CommitDraft draft;
  draft.proposals = {{MlsWorld::external_init()}};
  const auto staged = world.stage(world.external_commit(50, draft));
  ASSERT_EQ(outcome(staged), "");
  EXPECT_TRUE(staged->external);
  EXPECT_EQ(staged->committer, LeafIndex{5});
  EXPECT_TRUE(staged->added.empty());
  EXPECT_EQ(staged->external_init, Bytes(32, 7));
  draft.path = false;
  EXPECT_THAT(outcome(world.stage(world.external_commit(50, draft))), HasSubstr("12.4.3.2"));
  draft.path = true;
  draft.proposals.push_back(remove);
  EXPECT_THAT(outcome(world.stage(world.external_commit(50, draft))), HasSubstr("12.4.3.2"));
}

// The joiner takes the leftmost place of the tree after its Remove, or a tree twice as large.
TEST_F(PublicGroupTest, ExternalJoinerTakesTheLeftmostPlace) {
  CommitDraft draft;
  draft.proposals = {{MlsWorld::external_init()}, {MlsWorld::remove(1)}};
  auto staged = world.stage(world.external_commit(1, draft));
  ASSERT_EQ(outcome(staged), "");
  EXPECT_EQ(staged->committer, LeafIndex{1});
  MlsWorld full{4};
  draft.proposals.pop_back();
  staged = full.stage(full.external_commit(50, draft));
  ASSERT_EQ(outcome(staged), "");
  EXPECT_EQ(staged->committer, LeafIndex{4});
  EXPECT_EQ(staged->after->tree().size().leaves, 8u);
}

// 12.4.3.1
TEST_F(PublicGroupTest, EntersByAGroupInfo) {
  const GroupInfo good = world.group_info(world.group(), 0);
  const auto enter = [](const GroupInfo& info, const Bytes* tree = nullptr) {
    return outcome(PublicGroup::from_group_info(info, {tree}));
  };
  ASSERT_EQ(enter(good), "");
  const auto entered = PublicGroup::from_group_info(good, {});
  EXPECT_EQ(entered->context(), world.group().context());
  EXPECT_EQ(to_hex(entered->interim_transcript_hash()),
            to_hex(world.group().interim_transcript_hash()));

  const auto resigned = [&](const std::function<void(GroupInfo&)>& change) {
    GroupInfo info = good;
    change(info);
    info.sign(world.person(0).signer);
    return info;
  };
  GroupInfo info = good;
  info.signature[0] ^= 1;
  EXPECT_THAT(enter(info), HasSubstr("5.1.2: bad signature"));
  EXPECT_THAT(enter(resigned([](GroupInfo& i) { i.signer = LeafIndex{9}; })),
              HasSubstr("12.4.3.1: the signer is no member"));
  EXPECT_THAT(enter(resigned([](GroupInfo& i) { i.signer = LeafIndex{1}; })),
              HasSubstr("5.1.2: bad signature"));
  EXPECT_THAT(enter(resigned([](GroupInfo& i) { i.group_context.tree_hash[0] ^= 1; })),
              HasSubstr("12.4.3.1: another tree hash"));
  EXPECT_THAT(enter(resigned([](GroupInfo& i) { i.group_context.cipher_suite = 1; })),
              HasSubstr("12.4.3.1: version or cipher suite"));
  EXPECT_THAT(enter(resigned([](GroupInfo& i) { i.confirmation_tag.clear(); })),
              HasSubstr("12.4.3: confirmation tag"));
  EXPECT_THAT(enter(resigned([](GroupInfo& i) { i.group_context.extensions = {{0xF0FF, {}}}; })),
              HasSubstr("13.4"));

  // 12.4.3.3: a tree beside it.
  info = resigned([](GroupInfo& i) { i.extensions.clear(); });
  const Bytes tree = world.group().tree().encode();
  EXPECT_EQ(enter(info, &tree), "");
  EXPECT_THAT(enter(info), HasSubstr("12.4.3.3"));
  const Bytes other = MlsWorld{4, 1, 7}.group().tree().encode();
  EXPECT_FALSE(PublicGroup::from_group_info(info, {&other}));
}

TEST_F(PublicGroupTest, GroupInfoOfACommitDescribesItsOutcome) {
  const auto staged = world.stage(world.commit(0, {}));
  ASSERT_EQ(outcome(staged), "");
  const GroupInfo good = world.group_info(*staged->after, 0);
  const auto check = [&](const std::function<void(GroupInfo&)>& change, std::uint32_t signer = 0) {
    GroupInfo info = good;
    change(info);
    info.sign(world.person(signer).signer);
    return outcome(PublicGroup::check_group_info(info, *staged));
  };
  EXPECT_EQ(check([](GroupInfo&) {}), "");
  EXPECT_THAT(check([](GroupInfo&) {}, 1), HasSubstr("5.1.2: bad signature"));
  EXPECT_THAT(check([](GroupInfo& i) { i.signer = LeafIndex{1}; }, 1),
              HasSubstr("12.4.1: a GroupInfo by another"));
  EXPECT_THAT(check([&](GroupInfo& i) { i.group_context = world.group().context(); }),
              HasSubstr("12.4.1: a GroupInfo of another state"));
  EXPECT_THAT(check([](GroupInfo& i) { i.confirmation_tag[0] ^= 1; }),
              HasSubstr("12.4.1: a GroupInfo with another"));
  EXPECT_THAT(check([](GroupInfo& i) { i.extensions.clear(); }), HasSubstr("12.4.3.3"));
  EXPECT_THAT(check([&](GroupInfo& i) { i.extensions[0].data = world.group().tree().encode(); }),
              HasSubstr("12.4.3.3"));
  EXPECT_THAT(check([](GroupInfo& i) { i.extensions.pop_back(); }),
              HasSubstr("12.4.3.2: the GroupInfo names no external_pub"));
  EXPECT_THAT(check([](GroupInfo& i) { i.extensions[1].data = {3, 1, 2, 3}; }), HasSubstr("5.1.1"));
  EXPECT_THAT(check([](GroupInfo& i) { i.extensions[1].data.pop_back(); }),
              HasSubstr("12.4.3.2: external_pub"));
  EXPECT_THAT(
      check([](GroupInfo& i) { std::ranges::fill(i.extensions[1].data | std::views::drop(1), 0); }),
      HasSubstr("small order"));
}

class PublicGroupRecords : public PublicGroupTest {
 protected:
  std::map<RecordKey, Bytes> store;
  void write(const std::vector<Record>& records) {
    for (const Record& record : records) {
      const ByteView value = record.value.view();
      store[record.key].assign(value.begin(), value.end());
      if (value.empty()) store.erase(record.key);
    }
  }
  Result<PublicGroup> load() {
    std::vector<Record> records;
    for (const auto& [key, value] : store) {
      records.push_back({key, crypto::SecretBytes(ByteView(value))});
    }
    return PublicGroup::load(records);
  }
};

TEST_F(PublicGroupRecords, AreWhatChangedAndGiveTheGroupBack) {
  world = MlsWorld{70};
  write(world.group().records());
  for (int step = 0; step < 4; ++step) {
    const PublicGroup before = world.group();
    CommitDraft draft;
    if (step == 1) draft.proposals = {world.propose(3, world.update(3))};
    // The tree shrinks to half.
    for (std::uint32_t leaf = 64; step == 2 && leaf < 70; ++leaf) {
      draft.proposals.push_back({MlsWorld::remove(leaf)});
    }
    world.accept(world.stage(world.commit(0, draft)));
    if (step == 3) (void)world.propose(3, MlsWorld::remove(5));
    const auto changed = world.group().records(&before);
    if (step == 0) {
      EXPECT_LE(changed.size(), 4u);  // of 1 + 5 records and more
    }
    write(changed);
    const auto loaded = load();
    ASSERT_EQ(outcome(loaded), "");
    EXPECT_EQ(loaded->context(), world.group().context());
    EXPECT_EQ(loaded->tree().encode(), world.group().tree().encode());
    EXPECT_EQ(to_hex(loaded->interim_transcript_hash()),
              to_hex(world.group().interim_transcript_hash()));
    EXPECT_EQ(loaded->pending().size(), world.group().pending().size());
    // It goes on from there.
    EXPECT_EQ(outcome(loaded->stage(world.commit(1, {}), no_policy())), "");
  }
}

TEST_F(PublicGroupRecords, ThatAreDamagedAreRefused) {
  write(world.group().records());
  ASSERT_TRUE(load());
  const auto whole = store;
  for (const auto& [key, value] : whole) {
    store.erase(key);
    EXPECT_FALSE(load());
    for (std::size_t size = 1; size < value.size(); size += 97) {
      store[key].assign(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(load());
    }
    store = whole;
  }
  store[{RecordKind::kGroup, 0}][0] = kStateVersion + 1;
  EXPECT_EQ(load().error().code, ErrorCode::kUnsupportedVersion);
}

}  // namespace

}  // namespace xom::mls::testing
