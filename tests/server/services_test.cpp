// The services over an engine in memory, without sockets.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "protocol/trust/enrolment.h"
#include "protocol/trust/log_ids.h"
#include "server/accounts/accounts.h"
#include "server/channels/channels.h"
#include "server/key_packages/key_packages.h"
#include "storage/memory_engine.h"
#include "tests/support/fake_mls.h"
#include "tests/support/member.h"

namespace xom::server {
namespace {

using namespace xom::test;

class Signer final : public storage::HeaderSigner {
 public:
  explicit Signer(const crypto::SigningKey& key) : key_(key) {}
  Bytes sign_header(const LogId& log, Seq seq, const Hash& previous,
                    const Hash& entry_hash) override {
    trust::EntryHeader header{log, seq, previous, entry_hash, now_ms()};
    return trust::sign_header(header, key_);
  }

 private:
  const crypto::SigningKey& key_;
};

struct Reader final : Subscriber {
  void push(const LogId&, const SharedFrame&) override { ++pushes; }
  const DeviceKey* device() const override { return nullptr; }
  int pushes = 0;
};

// One node's services; a second one with the same keys is the node after it has lost its disk.
struct World {
  World(const AuthorityPerson& authority, const crypto::SigningKey& node_key)
      : signer(node_key),
        store(engine, signer),
        verifier(trust::root_fingerprint(authority.id())),
        channels(io.get_executor(), engine, store, verifier, hub, clock, authority.id(), node_key),
        pending(engine, verifier, clock, authority.id()),
        groups(engine, store, verifier, clock, authority.id(), node_key.public_key_as<NodeKey>()),
        key_packages(engine) {
    store.set_listener(&channels);
  }

  template <class T>
  T run(storage::Awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& broken, T value) {
      if (broken) std::rethrow_exception(broken);
      result.emplace(std::move(value));
    });
    io.restart();
    io.run();
    return std::move(*result);
  }

  boost::asio::io_context io;
  storage::MemoryEngine engine;
  Signer signer;
  storage::LogStore store;
  trust::Verifier verifier;
  Hub hub;
  SystemClock clock;
  Channels channels;
  Pending pending;
  Groups groups;
  KeyPackages key_packages;
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
    wire::CreateGroup request;
    request.set_group(std::string(text_of(group.view())));
    request.set_unit(unit);
    request.set_group_info(std::string(text_of(fake_group_info(group, Epoch{0}))));
    return world_->run(world_->groups.create(caller(), request));
  }

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
  const LogId group = random_group();
  auto made = create(group, "to5");
  ASSERT_TRUE(made.has_value()) << made.error().message;
  auto again = create(group, "to5");
  ASSERT_TRUE(again.has_value()) << "the creator's own retry";
  EXPECT_EQ(again->header, made->header);
}

TEST_F(Services, WhatANodeHasLostIsTakenBackAndMakesTheMembersAgain) {
  found();
  const LogId group = random_group();
  ASSERT_TRUE(create(group, "to5").has_value());
  const Person joiner = Person::make();
  const Invited invited = invite(*leader_, group, TimeMs{raw(now_ms()) + 60'000});
  const Bytes package = fake_key_package(joiner.device(), joiner.account());
  const Bytes request = join_request(invited, group, joiner, package);
  const auto frame = commit_frame(group, EntryId{1}, Epoch{0}, 0,
                                  Addition{&joiner, package, invited.voucher, request});
  auto added = world_->run(world_->groups.commit(caller(), frame.commit()));
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

TEST_F(Services, AKeyPackageIsHandedOutOnceAndTheLastResortAgain) {
  wire::PublishKeyPackages request;
  const Bytes package = fake_key_package(leader_->device(), leader_->account());
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
