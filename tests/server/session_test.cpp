// Sessions over connections in memory, with all services behind them.
#include "server/sessions/session.h"

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>

#include "protocol/admission/group_policy.h"
#include "protocol/trust/log_ids.h"
#include "tests/server/memory_line.h"
#include "tests/server/world.h"
#include "tests/support/live_group.h"

namespace xom::server {
namespace {

using namespace xom::test;

constexpr std::size_t kMostBytes = 64 * 1024;
constexpr std::size_t kRoom = 4;

// A client and the session that serves it.
class Client {
 public:
  Client(World& world, const Services& services)
      : world_(world), line_(world.io.get_executor(), kMostBytes, kRoom) {
    const auto session = std::make_shared<Session>(world.io.get_executor(), line_.node_end(),
                                                   services, crypto::system_random(), sessions_);
    session->start();
    session_ = session;
    auto first = receive();
    if (first) challenge_ = first->challenge();
  }
  ~Client() {
    line_.hang_up();
    settle();
    EXPECT_TRUE(ended());
    EXPECT_EQ(sessions_.size(), 0u);
  }

  void settle() {
    world_.io.restart();
    world_.io.poll();
  }
  void send_raw(Bytes bytes) {
    line_.send(std::move(bytes));
    settle();
  }
  void send(wire::ClientFrame frame) {
    frame.set_id(++last_id_);
    Bytes bytes(frame.ByteSizeLong());
    frame.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
    send_raw(std::move(bytes));
  }
  std::optional<wire::ServerFrame> receive() {
    settle();
    const auto bytes = line_.take();
    if (!bytes) return std::nullopt;
    settle();
    wire::ServerFrame frame;
    EXPECT_TRUE(frame.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())));
    return frame;
  }
  // The answer to one request; pushes before it are skipped. An empty frame: none came.
  wire::ServerFrame call(wire::ClientFrame frame) {
    send(std::move(frame));
    while (auto answer = receive())
      if (answer->id() == last_id_) return *answer;
    return {};
  }
  wire::ServerFrame enter(const Person& person) {
    wire::ClientFrame frame;
    auto& request = *frame.mutable_register_();
    request.set_device_list(std::string(text_of(person.device_list)));
    request.set_login(std::string(text_of(login(person, challenge_))));
    request.set_appointed(true);
    return call(std::move(frame));
  }
  wire::ServerFrame enter(const Person& person, ByteView voucher, ByteView join_request) {
    wire::ClientFrame frame;
    auto& request = *frame.mutable_register_();
    request.set_device_list(std::string(text_of(person.device_list)));
    request.set_login(std::string(text_of(login(person, challenge_))));
    request.mutable_voucher()->set_voucher(std::string(text_of(voucher)));
    request.mutable_voucher()->set_join_request(std::string(text_of(join_request)));
    return call(std::move(frame));
  }
  wire::ServerFrame open(const LogId& log) {
    wire::ClientFrame frame;
    frame.mutable_open()->set_log(std::string(text_of(log.view())));
    return call(std::move(frame));
  }
  wire::ServerFrame ping() {
    wire::ClientFrame frame;
    frame.mutable_ping();
    return call(std::move(frame));
  }

  void stop() {
    if (const auto session = session_.lock()) session->stop();
    settle();
  }
  bool ended() const { return session_.expired(); }
  bool closed() const { return line_.closed(); }
  std::size_t unread() const { return line_.unread(); }

 private:
  World& world_;
  MemoryLine line_;
  SessionList sessions_;
  std::weak_ptr<Session> session_;  // keeps itself
  wire::Challenge challenge_;
  std::uint64_t last_id_ = 0;
};

std::string error_of(const wire::ServerFrame& frame) {
  return frame.has_error() ? std::to_string(frame.error().code()) : "no error";
}
std::string name(ErrorCode code) { return std::to_string(static_cast<int>(code)); }

std::uint64_t seq_of(const wire::Entry& entry) {
  const Bytes header = trust::Statement::decode(view_of(entry.header())).value().body;
  return raw(trust::EntryHeader::decode_body(header).value().seq);
}

class SessionOverMemory : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(crypto::initialise()); }
  void SetUp() override {
    world_ = std::make_unique<World>(authority_, node_key_);
    const NodeKey key = node_key_.public_key_as<NodeKey>();
    services_.emplace(Services{world_->store, world_->hub, world_->turns, world_->channels,
                               world_->groups, world_->accounts, world_->key_packages,
                               world_->pending, world_->clock, authority_.id(), key,
                               [](wire::Status&) {}});
    for (const Bytes& statement :
         {authority_.root_certificate(key, "Phường Thử"), authority_.unit("to5", "Tổ 5"),
          authority_.appointment(leader_.account(), trust::Office::kCellLeader, {"to5"})})
      ASSERT_TRUE(world_->run(world_->channels.submit(statement)).has_value());
    live_.emplace(leader_, group_, authority_.id(), "to5");
    const Caller caller{leader_.account(), leader_.device()};
    ASSERT_TRUE(world_->run(world_->groups.create(caller, live_->create_request())).has_value());
  }
  void publish(int number) {
    const Bytes unit = authority_.unit("u" + std::to_string(number), "Tổ");
    ASSERT_TRUE(world_->run(world_->channels.submit(unit)).has_value());
  }

  AuthorityPerson authority_ = AuthorityPerson::make();
  Person leader_ = Person::make();
  crypto::SigningKey node_key_ = crypto::SigningKey::generate(crypto::system_random());
  LogId group_ = random_group();
  std::unique_ptr<World> world_;
  std::optional<Services> services_;
  std::optional<LiveGroup> live_;
};

TEST_F(SessionOverMemory, AReaderBehindWhatWasTrimmedIsToldWhereItGoesOn) {
  Client client(*world_, *services_);
  ASSERT_TRUE(client.enter(leader_).has_welcomed());
  const auto fetch = [&](std::uint64_t after) {
    wire::ClientFrame frame;
    frame.mutable_fetch()->set_log(std::string(text_of(group_.view())));
    frame.mutable_fetch()->set_after(after);
    return client.call(std::move(frame));
  };
  for (std::uint64_t id = 1; id <= 5; ++id)
    ASSERT_TRUE(client.call(append_frame(group_, EntryId{id}, Epoch{0}, "x")).has_appended());
  const auto before = fetch(0);
  ASSERT_EQ(before.entries().entries_size(), 6);
  const auto cursor_at = [&](int seq) {
    const ByteView header = view_of(before.entries().entries(seq - 1).header());
    return Cursor{Seq{static_cast<std::uint64_t>(seq)}, trust::header_hash(header).value()};
  };
  const auto open_at = [&](const Cursor& cursor) {
    wire::ClientFrame frame;
    frame.mutable_open()->set_log(std::string(text_of(group_.view())));
    federation::put_cursor(*frame.mutable_open()->mutable_cursor(), cursor);
    return client.call(std::move(frame));
  };
  EXPECT_FALSE(client.open(group_).opened().has_held()) << "nothing was trimmed";
  ASSERT_TRUE(world_->run(world_->store.trim(group_, Seq{3})).has_value());

  // Behind: the first number left, and the cursor before it, while its right stays what it was.
  EXPECT_EQ(error_of(fetch(2)), name(ErrorCode::kTrimmed));
  EXPECT_EQ(fetch(2).error().detail(), 4u);
  for (const auto& opened : {client.open(group_), open_at(cursor_at(2))}) {
    ASSERT_TRUE(opened.has_opened()) << opened.error().message();
    EXPECT_EQ(opened.opened().start().seq(), 0u);
    ASSERT_TRUE(opened.opened().has_held());
    EXPECT_EQ(federation::cursor_from(opened.opened().held()).value(), cursor_at(3));
  }
  EXPECT_EQ(fetch(3).entries().entries_size(), 3);

  // Ahead: nothing has changed.
  const auto opened = open_at(cursor_at(4));
  ASSERT_TRUE(opened.has_opened());
  EXPECT_FALSE(opened.opened().has_held());
  EXPECT_EQ(fetch(4).entries().entries_size(), 2);
  const auto said = client.call(append_frame(group_, EntryId{6}, Epoch{0}, "x"));
  EXPECT_EQ(said.appended().seq(), 7u);
  const auto again = client.call(append_frame(group_, EntryId{1}, Epoch{0}, "x"));
  EXPECT_EQ(again.appended().seq(), 2u) << "a retry of what was trimmed is answered";

  // All of it: the log goes on where it was.
  ASSERT_TRUE(world_->run(world_->store.trim(group_, Seq{7})).has_value());
  const auto empty = client.open(group_);
  ASSERT_TRUE(empty.has_opened());
  EXPECT_EQ(empty.opened().held().seq(), 7u);
  EXPECT_EQ(fetch(7).entries().entries_size(), 0);
}

TEST_F(SessionOverMemory, NeedsALoginForTheLogsOfAGroupOnly) {
  Client client(*world_, *services_);
  EXPECT_TRUE(client.open(trust::official_log(authority_.id())).has_opened());
  EXPECT_EQ(error_of(client.open(group_)), name(ErrorCode::kUnauthenticated));
  EXPECT_EQ(error_of(client.call(append_frame(group_, EntryId{1}, Epoch{0}, "x"))),
            name(ErrorCode::kUnauthenticated));
  EXPECT_EQ(world_->hub.readers(group_), 0u);
  const auto welcomed = client.enter(leader_);
  ASSERT_TRUE(welcomed.has_welcomed()) << welcomed.error().message();
  EXPECT_TRUE(client.open(group_).has_opened());
  EXPECT_EQ(client.call(append_frame(group_, EntryId{1}, Epoch{0}, "x")).appended().seq(), 2u);
}

TEST_F(SessionOverMemory, AppendsShareASyncAndWhatComesAfterThemWaits) {
  Client client(*world_, *services_);
  ASSERT_TRUE(client.enter(leader_).has_welcomed());
  const std::size_t before = world_->engine.syncs();
  world_->engine.hold();
  constexpr std::size_t kAppends = limits::kAppendsAtOnce + 2;
  for (std::size_t i = 1; i <= kAppends; ++i)
    client.send(append_frame(group_, EntryId{i}, Epoch{0}, "x"));
  wire::ClientFrame ping;
  ping.mutable_ping();
  client.send(ping);
  EXPECT_FALSE(client.receive()) << "nothing is acknowledged before its sync";
  EXPECT_EQ(client.unread(), 2u) << "one more than may wait for a sync is taken, to wait for those";
  world_->engine.release();
  std::uint64_t last = 1;
  for (std::size_t i = 1; i <= kAppends; ++i) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer && answer->has_appended()) << i;
    EXPECT_EQ(answer->appended().seq(), ++last);
  }
  const auto pong = client.receive();
  EXPECT_TRUE(pong && pong->has_pong());
  EXPECT_LT(world_->engine.syncs() - before, kAppends / 2);
}

TEST_F(SessionOverMemory, WhoComesBackWaitsForItsTurnAndWhoIsThereDoesNot) {
  Client there(*world_, *services_);
  ASSERT_TRUE(there.enter(leader_).has_welcomed());
  Client back(*world_, *services_);
  auto turn = std::make_optional(world_->run(world_->turns.take()));
  wire::ClientFrame open;
  open.mutable_open()->set_log(std::string(text_of(trust::official_log(authority_.id()).view())));
  back.send(open);
  EXPECT_FALSE(back.receive());
  EXPECT_TRUE(there.call(append_frame(group_, EntryId{1}, Epoch{0}, "x")).has_appended());
  turn.reset();
  const auto opened = back.receive();
  EXPECT_TRUE(opened && opened->has_opened());
}

TEST_F(SessionOverMemory, ALoginIsGoodForItsOwnChallengeOnly) {
  Client one(*world_, *services_);
  ASSERT_TRUE(one.enter(leader_).has_welcomed());
  wire::Challenge other;
  other.set_node_key(std::string(text_of(node_key_.public_key_as<NodeKey>().view())));
  other.set_nonce(std::string(32, 'x'));
  wire::ClientFrame frame;
  frame.mutable_hello()->set_version(1);
  frame.mutable_hello()->set_login(std::string(text_of(login(leader_, other))));
  Client thief(*world_, *services_);
  EXPECT_TRUE(thief.call(frame).has_error());
  EXPECT_EQ(error_of(thief.open(group_)), name(ErrorCode::kUnauthenticated));
}

TEST_F(SessionOverMemory, GarbageIsChargedAndThenItsSenderIsDropped) {
  Client honest(*world_, *services_);
  Client client(*world_, *services_);
  const int most = limits::kPenaltyLimit / limits::kPenaltyMalformed;
  // All at once; points are forgiven by the second.
  for (int i = 0; i <= most; ++i) {
    EXPECT_FALSE(client.ended()) << "after " << i;
    client.send_raw(Bytes{0xff, 0xff, 0xff});
    const auto answer = client.receive();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(error_of(*answer), name(ErrorCode::kMalformed));
    if (i + 1 >= most) {
      const auto last = client.receive();
      if (!last) continue;  // a slow machine: a part of a point was forgiven
      EXPECT_EQ(error_of(*last), name(ErrorCode::kRateLimited));
      break;
    }
  }
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(honest.ping().has_pong());
}

TEST_F(SessionOverMemory, AFrameOverTheLimitIsAnsweredAndEndsTheConnection) {
  Client client(*world_, *services_);
  client.send_raw(Bytes(kMostBytes + 1));
  const auto answer = client.receive();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(error_of(*answer), name(ErrorCode::kTooLarge));
  EXPECT_FALSE(client.receive().has_value());
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(client.closed());
}

TEST_F(SessionOverMemory, ASlowReaderIsToldBehindWhileOthersGetEverything) {
  const LogId official = trust::official_log(authority_.id());
  Client slow(*world_, *services_);
  Client quick(*world_, *services_);
  const auto opened = slow.open(official);
  ASSERT_TRUE(opened.has_opened());
  ASSERT_TRUE(quick.open(official).has_opened());
  const std::uint64_t before = opened.opened().head().seq();
  const int count = static_cast<int>(limits::kQueueEntries) + 20;
  for (int i = 0; i < count; ++i) {
    publish(i);
    const auto pushed = quick.receive();
    ASSERT_TRUE(pushed.has_value() && pushed->has_pushed());
    ASSERT_EQ(seq_of(pushed->pushed().entry()), before + static_cast<std::uint64_t>(i) + 1);
  }
  // What had been written already, then `Behind` once, and nothing more.
  std::uint64_t have = before;
  int behind = 0;
  while (const auto frame = slow.receive()) {
    if (frame->has_behind()) {
      ++behind;
      EXPECT_EQ(frame->behind().log(), text_of(official.view()));
      continue;
    }
    ASSERT_TRUE(frame->has_pushed());
    if (behind == 0) {
      EXPECT_EQ(seq_of(frame->pushed().entry()), ++have);
    }
  }
  EXPECT_EQ(behind, 1);
  EXPECT_LT(have, before + static_cast<std::uint64_t>(count));
  // It fetches what it lacks, and is pushed to again.
  wire::ClientFrame fetch;
  fetch.mutable_fetch()->set_log(std::string(text_of(official.view())));
  fetch.mutable_fetch()->set_after(have);
  fetch.mutable_fetch()->set_limit(1);
  const auto page = slow.call(fetch);
  ASSERT_EQ(page.entries().entries_size(), 1);
  EXPECT_EQ(seq_of(page.entries().entries(0)), have + 1);
  publish(count);
  const auto next = slow.receive();
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(seq_of(next->pushed().entry()), before + static_cast<std::uint64_t>(count) + 1);
}

TEST_F(SessionOverMemory, WhoDoesNotReadItsAnswersIsNotReadFrom) {
  Client client(*world_, *services_);
  const int count = static_cast<int>(limits::kQueueEntries) + 50;
  for (int i = 0; i < count; ++i) {
    wire::ClientFrame frame;
    frame.mutable_ping();
    client.send(frame);
  }
  EXPECT_GT(client.unread(), 0u);
  int answers = 0;
  while (client.receive()) ++answers;
  EXPECT_EQ(answers, count) << "and no answer is dropped";
}

TEST_F(SessionOverMemory, StopSaysGoodbyeAfterWhatWaitsAndTakesNothingMore) {
  Client client(*world_, *services_);
  ASSERT_TRUE(client.open(trust::official_log(authority_.id())).has_opened());
  publish(1);
  client.stop();
  publish(2);
  const auto pushed = client.receive();
  ASSERT_TRUE(pushed.has_value());
  EXPECT_TRUE(pushed->has_pushed());
  const auto goodbye = client.receive();
  ASSERT_TRUE(goodbye.has_value());
  EXPECT_TRUE(goodbye->has_goodbye());
  EXPECT_FALSE(client.receive().has_value());
  EXPECT_TRUE(client.ended());
}

TEST_F(SessionOverMemory, ARefusalShutsTheNewcomerOutAndLetsTheRemovedInAgain) {
  Client leader(*world_, *services_);
  ASSERT_TRUE(leader.enter(leader_).has_welcomed());
  const Person people[3] = {Person::make(), Person::make(), Person::make()};
  Client an(*world_, *services_), binh(*world_, *services_), dung(*world_, *services_);
  Client* const clients[3] = {&an, &binh, &dung};
  std::uint64_t id = 0;
  wire::ClientFrame frame;
  for (int i = 0; i < 3; ++i) {
    if (i > 0) live_->accepted();
    const auto invited = invite(leader_, group_, TimeMs{raw(now_ms()) + 600'000});
    const Bytes package = key_package_of(people[i], invited.voucher);
    const Bytes request = join_request(invited, group_, people[i], package);
    ASSERT_TRUE(clients[i]->enter(people[i], invited.voucher, request).has_welcomed());
    frame =
        live_->commit_frame(EntryId{++id}, Addition{&people[i], package, invited.voucher, request});
    const auto added = leader.call(frame);
    ASSERT_TRUE(added.has_appended()) << added.error().message();
    ASSERT_TRUE(clients[i]->open(group_).has_opened());
  }
  ASSERT_EQ(world_->hub.readers(group_), 3u);
  const auto refuse = [&](Client& client, const Person& person, Epoch epoch) {
    return client.call(refuse_frame(person, EntryId{1}, refusal_of(frame, epoch)));
  };
  EXPECT_EQ(error_of(refuse(dung, people[2], Epoch{2})), name(ErrorCode::kNotPermitted));
  const auto refused = refuse(an, people[0], Epoch{2});
  ASSERT_TRUE(refused.has_appended()) << refused.error().message();
  EXPECT_EQ(world_->hub.readers(group_), 2u);
  EXPECT_EQ(error_of(dung.open(group_)), name(ErrorCode::kNotPermitted));
  std::optional<wire::ServerFrame> pushed;
  while (auto next = binh.receive()) pushed = next;
  ASSERT_TRUE(pushed.has_value() && pushed->has_pushed());
  EXPECT_EQ(pushed->pushed().entry().kind(), static_cast<std::uint32_t>(wire::REFUSAL));

  const mls::LeafIndex leaf{1};
  std::vector<mls::Proposal> proposals = {mls::Proposal{mls::Remove{leaf}}};
  auto revoked = admission::revoke_vouchers_of(live_->public_group(), {leaf}).value();
  ASSERT_TRUE(revoked.has_value());
  proposals.push_back(std::move(*revoked));
  frame = live_->commit_frame(EntryId{++id}, std::move(proposals));
  const auto removed = leader.call(frame);
  ASSERT_TRUE(removed.has_appended()) << removed.error().message();
  EXPECT_EQ(world_->hub.readers(group_), 1u);
  wire::ClientFrame get;
  get.mutable_get_group_info()->set_group(std::string(text_of(group_.view())));
  EXPECT_EQ(error_of(an.open(group_)), name(ErrorCode::kNotPermitted));
  EXPECT_EQ(error_of(an.call(get)), name(ErrorCode::kNotPermitted));
  ASSERT_TRUE(refuse(binh, people[1], Epoch{2}).has_appended());
  const auto opened = an.open(group_);
  ASSERT_TRUE(opened.has_opened());
  EXPECT_EQ(opened.opened().epoch(), 2u);
  const auto info = an.call(get);
  ASSERT_TRUE(info.has_group_info());
  EXPECT_FALSE(info.group_info().group_info().empty());
  // Without a login neither is answered.
  Client stranger(*world_, *services_);
  EXPECT_EQ(error_of(stranger.call(get)), name(ErrorCode::kUnauthenticated));
  EXPECT_EQ(error_of(refuse(stranger, people[1], Epoch{2})), name(ErrorCode::kUnauthenticated));
}

TEST_F(SessionOverMemory, WhoLeavesIsForgottenByTheHub) {
  const LogId official = trust::official_log(authority_.id());
  {
    Client client(*world_, *services_);
    ASSERT_TRUE(client.open(official).has_opened());
    EXPECT_EQ(world_->hub.readers(official), 1u);
  }
  EXPECT_EQ(world_->hub.readers(official), 0u);
  publish(1);
}

}  // namespace
}  // namespace xom::server
