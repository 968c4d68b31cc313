// The services over an engine in memory, without sockets.
#include <gtest/gtest.h>

#include "protocol/trust/enrolment.h"
#include "protocol/trust/log_ids.h"
#include "tests/server/world.h"
#include "tests/support/live_group.h"

namespace xom::server {
namespace {

using namespace xom::test;

struct Reader final : Subscriber {
  void push(const LogId&, const SharedFrame&) override { ++pushes; }
  const DeviceKey* device() const override { return nullptr; }
  int pushes = 0;
};

class Services : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::initialise());
    authority_.emplace(AuthorityPerson::make());
    leader_.emplace(Person::make());
    node_key_.emplace(crypto::SigningKey::generate(crypto::system_random()));
    world_ = std::make_unique<World>(*authority_, *node_key_);
    certificate_ = authority_->root_certificate(node_key_->public_key_as<NodeKey>(), "Phường Thử");
  }
  void found() {
    for (const Bytes& statement :
         {certificate_, authority_->unit("to5", "Tổ 5"),
          authority_->appointment(leader_->account(), trust::Office::kCellLeader, {"to5"})}) {
      auto placed = world_->run(world_->channels.submit(statement));
      ASSERT_TRUE(placed.has_value()) << placed.error().message;
    }
  }
  Caller caller() const { return {leader_->account(), leader_->device()}; }
  Result<storage::Appended> create(const LogId& group, const std::string& unit) {
    return create(LiveGroup(*leader_, group, authority_->id(), unit));
  }
  Result<storage::Appended> create(const LiveGroup& group) {
    return world_->run(world_->groups.create(caller(), group.create_request()));
  }
  // The leader's first commit, which adds this person with a voucher of their own.
  wire::CommitBundle addition(LiveGroup& live, const Person& joiner) const {
    const Invited invited = invite(*leader_, live.id(), TimeMs{raw(now_ms()) + 60'000});
    const Bytes package = key_package_of(joiner, invited.voucher);
    const Bytes request = join_request(invited, live.id(), joiner, package);
    return live.commit_frame(EntryId{1}, Addition{&joiner, package, invited.voucher, request})
        .commit();
  }
  LiveGroup new_group() const { return {*leader_, random_group(), authority_->id(), "to5"}; }

  std::optional<AuthorityPerson> authority_;
  std::optional<Person> leader_;
  std::optional<crypto::SigningKey> node_key_;
  std::unique_ptr<World> world_;
  Bytes certificate_;
};

TEST_F(Services, AStatementIsPlacedOnceAndPushedWithAHead) {
  Reader reader;
  const LogId official = trust::official_log(authority_->id());
  world_->hub.subscribe(official, reader);
  auto first = world_->run(world_->channels.submit(certificate_));
  auto again = world_->run(world_->channels.submit(certificate_));
  ASSERT_TRUE(first.has_value()) << first.error().message;
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(first->header, again->header);
  EXPECT_EQ(reader.pushes, 1);
  EXPECT_FALSE(world_->channels.signed_head(official).empty());
}

TEST_F(Services, NothingIsPlacedThatTheAuthorityHasNotSigned) {
  found();
  const AuthorityPerson stranger = AuthorityPerson::make();
  auto refused = world_->run(world_->channels.submit(stranger.unit("to6", "Tổ 6")));
  EXPECT_FALSE(refused.has_value());
  auto state = world_->run(world_->store.state(trust::official_log(authority_->id())));
  EXPECT_EQ(raw(state->head.seq), 3u);
}

TEST_F(Services, AGroupNeedsAnOfficeForItsUnit) {
  found();
  EXPECT_EQ(create(random_group(), "to9").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(create(random_group(), "").error().code, ErrorCode::kNotPermitted);
  const LiveGroup live = new_group();
  auto made = create(live);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  auto again = create(live);
  ASSERT_TRUE(again.has_value()) << "the creator's own retry";
  EXPECT_EQ(again->header, made->header);
}

TEST_F(Services, AStrangersCommitTellsNothingOfAGroup) {
  found();
  LiveGroup live = new_group();
  ASSERT_TRUE(create(live).has_value());
  const Person joiner = Person::make();
  const auto bundle = addition(live, joiner);
  ASSERT_TRUE(world_->run(world_->groups.commit(caller(), bundle)).has_value());
  const Person other = Person::make();
  const Caller stranger{other.account(), other.device()};
  auto stale = bundle;
  stale.set_entry_id(2);
  EXPECT_EQ(world_->run(world_->groups.commit(caller(), stale)).error().code,
            ErrorCode::kStaleEpoch);
  const auto refused = world_->run(world_->groups.commit(stranger, bundle));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kNotPermitted);
  EXPECT_EQ(refused.error().detail, 0u);
}

TEST_F(Services, WhatANodeHasLostIsTakenBackAndMakesTheMembersAgain) {
  found();
  LiveGroup live = new_group();
  const LogId group = live.id();
  ASSERT_TRUE(create(live).has_value());
  const Person joiner = Person::make();
  auto added = world_->run(world_->groups.commit(caller(), addition(live, joiner)));
  ASSERT_TRUE(added.has_value()) << added.error().message;
  auto entries = world_->run(world_->store.read(group, Seq{0}, 100, 1 << 20));
  ASSERT_TRUE(entries.has_value());

  World after(*authority_, *node_key_);
  auto forged = *entries;
  forged.back().payload.back() ^= 1;
  EXPECT_FALSE(after.run(after.groups.restore(group, forged)).has_value());
  // Well chained, but by another node's key: not this node's own word.
  const auto other_key = crypto::SigningKey::generate(crypto::system_random());
  World stranger(*authority_, other_key);
  storage::AppendOperation made_up;
  made_up.parts.emplace_back();
  made_up.parts.back().log = group;
  made_up.parts.back().entry = {wire::APPLICATION, leader_->device(), EntryId{1}, Bytes{1}};
  ASSERT_TRUE(stranger.run(stranger.store.append(made_up)).has_value());
  auto foreign = stranger.run(stranger.store.read(group, Seq{0}, 100, 1 << 20));
  auto untrusted = after.run(after.groups.restore(group, *foreign));
  ASSERT_FALSE(untrusted.has_value());
  EXPECT_EQ(untrusted.error().code, ErrorCode::kUntrusted);

  auto restored = after.run(after.groups.restore(group, *entries));
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  auto state = after.run(after.store.state(group));
  EXPECT_EQ(state->generation, 1u);
  auto start = after.run(after.groups.start_of(group, joiner.device()));
  ASSERT_TRUE(start.has_value());
  EXPECT_EQ(*start, state->head);
}

TEST_F(Services, ARestoreThatFailsOrMeetsAnotherCanBeDoneAgain) {
  found();
  LiveGroup live = new_group();
  const LogId group = live.id();
  ASSERT_TRUE(create(live).has_value());
  const Person joiner = Person::make();
  ASSERT_TRUE(world_->run(world_->groups.commit(caller(), addition(live, joiner))).has_value());
  auto entries = world_->run(world_->store.read(group, Seq{0}, 100, 1 << 20));
  ASSERT_TRUE(entries.has_value());
  // Well chained and signed by this node, so that only the store refuses: its number is not the
  // next.
  auto with_gap = *entries;
  with_gap.insert(with_gap.begin() + 1, with_gap.front());
  with_gap[1].entry_id = EntryId{0};

  World after(*authority_, *node_key_);
  EXPECT_FALSE(after.run(after.groups.restore(group, with_gap)).has_value());
  EXPECT_FALSE(after.run(after.groups.start_of(group, leader_->device())).has_value());
  ASSERT_TRUE(after.run(after.groups.restore(group, *entries)).has_value());
  EXPECT_TRUE(after.run(after.groups.restore(group, *entries)).has_value());
  EXPECT_TRUE(after.run(after.groups.start_of(group, joiner.device())).has_value());
}

TEST_F(Services, AVoucherThatWasSpentStaysSpentAfterARestore) {
  found();
  LiveGroup live = new_group();
  const LogId group = live.id();
  ASSERT_TRUE(create(live).has_value());
  const Invited invited = invite(*leader_, group, TimeMs{raw(now_ms()) + 60'000});
  const auto add = [&](const Person& joiner, EntryId entry_id) {
    const Bytes package = key_package_of(joiner, invited.voucher);
    const Bytes request = join_request(invited, group, joiner, package);
    return live.commit_frame(entry_id, Addition{&joiner, package, invited.voucher, request})
        .commit();
  };
  const Person joiner = Person::make();
  auto added = world_->run(world_->groups.commit(caller(), add(joiner, EntryId{1})));
  ASSERT_TRUE(added.has_value()) << added.error().message;
  live.accepted();
  auto entries = world_->run(world_->store.read(group, Seq{0}, 100, 1 << 20));
  ASSERT_TRUE(entries.has_value());

  World after(*authority_, *node_key_);
  auto restored = after.run(after.groups.restore(group, *entries));
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  const Person other = Person::make();
  auto again = after.run(after.groups.commit(caller(), add(other, EntryId{2})));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kSpent);
  const auto voucher = trust::verify_voucher(invited.voucher).value();
  auto good = after.run(after.groups.check_voucher(voucher, other.account()));
  ASSERT_FALSE(good.has_value());
  EXPECT_EQ(good.error().code, ErrorCode::kSpent);
}

TEST_F(Services, AKeyPackageIsHandedOutOnceAndTheLastResortAgain) {
  wire::PublishKeyPackages request;
  const Bytes package = key_package_of(*leader_, std::nullopt);
  request.add_key_packages(std::string(text_of(package)));
  request.set_last_resort(std::string(text_of(package)));
  ASSERT_TRUE(world_->run(world_->key_packages.publish(caller(), request)).has_value());
  EXPECT_FALSE(world_->run(world_->key_packages.claim(leader_->device()))->last_resort());
  EXPECT_TRUE(world_->run(world_->key_packages.claim(leader_->device()))->last_resort());
  EXPECT_TRUE(world_->run(world_->key_packages.claim(leader_->device()))->last_resort());
  const Person other = Person::make();
  auto refused =
      world_->run(world_->key_packages.publish(Caller{other.account(), other.device()}, request));
  EXPECT_EQ(refused.error().code, ErrorCode::kUntrusted);
}

TEST_F(Services, AnEnrolmentCodeWorksOnce) {
  const auto one_time = crypto::SigningKey::generate(crypto::system_random());
  trust::EnrolmentGrant grant;
  grant.issuer = authority_->id();
  grant.key = one_time.public_key_as<OneTimeKey>();
  grant.name = "Phường Con";
  grant.level = "Phường";
  grant.expires = TimeMs{raw(now_ms()) + 60'000};
  const Bytes offer = trust::sign_value(grant, authority_->key);
  ASSERT_TRUE(world_->run(world_->pending.submit(offer)).has_value());
  const auto ask = [&] {
    const auto office = crypto::SigningKey::generate(crypto::system_random());
    const auto machine = crypto::SigningKey::generate(crypto::system_random());
    trust::EnrolmentRequest request;
    request.grant = trust::Statement::decode(offer)->id();
    request.authority = office.public_key_as<AuthorityKey>();
    request.node_key = machine.public_key_as<NodeKey>();
    request.made = now_ms();
    return trust::make_enrolment_request(request, one_time, office, machine);
  };
  const Bytes first = ask();
  ASSERT_TRUE(world_->run(world_->pending.submit(first)).has_value());
  EXPECT_TRUE(world_->run(world_->pending.submit(first)).has_value()) << "a retry";
  EXPECT_EQ(world_->run(world_->pending.submit(ask())).error().code, ErrorCode::kSpent);
  auto listed = world_->run(world_->pending.list());
  ASSERT_TRUE(listed.has_value());
  ASSERT_EQ(listed->items_size(), 1);
  EXPECT_EQ(listed->items(0).requests_size(), 1);
}

}  // namespace
}  // namespace xom::server
