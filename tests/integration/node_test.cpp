// Real nodes, started and ended as an operator does.
#include <fstream>

#include "protocol/trust/log_ids.h"
#include "server/limits.h"
#include "tests/integration/node_fixture.h"

namespace xom::test {
namespace {

TEST(Node, CarriesAChatBetweenTwoDevicesThroughAKill) {
  TestNode node;
  node.start();
  node.found();
  auto leader = node.log_in(node.leader);
  LiveGroup live = node.new_group();
  const LogId group = live.id();
  auto created = create_group(*leader, live);
  ASSERT_TRUE(created.has_value()) << created.error().message;
  const Person resident = Person::make();
  node.admit(live, resident, EntryId{1});

  auto other = node.log_in(resident);
  auto opened = open_log(*other, group);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ(opened->opened().epoch(), 1u);
  EXPECT_EQ(opened->opened().start().seq(), 3u);  // created, asked, committed
  auto said = leader->call(append_frame(group, EntryId{2}, Epoch{1}, "one"));
  ASSERT_TRUE(said.has_value()) << said.error().message;
  auto pushed = other->receive();
  ASSERT_TRUE(pushed.has_value()) << pushed.error().message;
  EXPECT_EQ(pushed->pushed().entry().entry_id(), 2u);

  node.kill_hard();
  node.start();
  leader = node.log_in(node.leader);
  auto again = leader->call(append_frame(group, EntryId{2}, Epoch{1}, "one"));
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again->appended().seq(), said->appended().seq()) << "a retry is stored once";
  auto stale = leader->call(append_frame(group, EntryId{3}, Epoch{0}, "two"));
  ASSERT_FALSE(stale.has_value());
  EXPECT_EQ(stale.error().code, ErrorCode::kStaleEpoch);
  auto gap = leader->call(append_frame(group, EntryId{5}, Epoch{1}, "two"));
  ASSERT_FALSE(gap.has_value());
  EXPECT_EQ(gap.error().code, ErrorCode::kEntryGap);
  EXPECT_EQ(gap.error().detail, 3u);
  auto all = fetch_all(*leader, group, Seq{0});
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->size(), 4u);

  other = node.log_in(resident);
  auto inbox = fetch_all(*other, trust::inbox_log(resident.device()), Seq{0});
  ASSERT_TRUE(inbox.has_value());
  ASSERT_EQ(inbox->size(), 1u);
  wire::InboxWelcome welcome;
  ASSERT_TRUE(welcome.ParseFromString(inbox->front().payload()));
  EXPECT_EQ(welcome.commit_seq(), 3u);
  EXPECT_EQ(node.terminate(), 0);
}

TEST(Node, RefusesStrangersAndBadFrames) {
  TestNode node;
  node.start();
  node.found();
  auto leader = node.log_in(node.leader);
  LiveGroup live = node.new_group();
  const LogId group = live.id();
  ASSERT_TRUE(create_group(*leader, live).has_value());

  auto stranger = node.connect();
  auto fetched = fetch_all(*stranger, group, Seq{0});
  ASSERT_FALSE(fetched.has_value());
  EXPECT_EQ(fetched.error().code, ErrorCode::kUnauthenticated);
  auto refused = say_hello(*stranger, Person::make());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnauthenticated);
  wire::ClientFrame unknown;
  auto kind = stranger->call(unknown);
  ASSERT_FALSE(kind.has_value());
  EXPECT_EQ(kind.error().code, ErrorCode::kUnknownKind);
  Bytes forged = node.authority.unit("to6", "Tổ 6");
  forged.back() ^= 1;
  auto bad = submit(*stranger, forged);
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, ErrorCode::kBadSignature);
  // A flood of garbage ends its own connection, and no other.
  for (int i = 0; i < 10; ++i) (void)stranger->send_raw(Bytes{0xff, 0xff, 0xff});
  Result<wire::ServerFrame> last = stranger->receive();
  while (last) last = stranger->receive();
  // Closed in good order, or cut off where our own bytes were still on their way.
  EXPECT_TRUE(last.error().code == ErrorCode::kUnavailable || last.error().code == ErrorCode::kIo)
      << last.error().message;
  EXPECT_TRUE(leader->call(append_frame(group, EntryId{1}, Epoch{0}, "still here")).has_value());
}

TEST(Node, UsesAVoucherOnce) {
  TestNode node;
  node.start();
  node.found();
  auto leader = node.log_in(node.leader);
  LiveGroup live = node.new_group();
  const LogId group = live.id();
  ASSERT_TRUE(create_group(*leader, live).has_value());
  const Invited invited = invite(node.leader, group, TimeMs{raw(now_ms()) + 60'000});
  const Person first = Person::make();
  const Bytes package = key_package_of(first, invited.voucher);
  const Bytes request = join_request(invited, group, first, package);
  const LiveGroup before = live;
  auto added = leader->call(
      live.commit_frame(EntryId{1}, Addition{&first, package, invited.voucher, request}));
  ASSERT_TRUE(added.has_value()) << added.error().message;
  live.accepted();

  const Person second = Person::make();
  const Bytes other = key_package_of(second, invited.voucher);
  const Bytes again = join_request(invited, group, second, other);
  auto client = node.connect();
  auto registered = register_invited(*client, second, invited.voucher, again);
  ASSERT_FALSE(registered.has_value());
  EXPECT_EQ(registered.error().code, ErrorCode::kSpent);
  auto spent =
      leader->call(live.commit_frame(EntryId{2}, Addition{&second, other, invited.voucher, again}));
  ASSERT_FALSE(spent.has_value());
  EXPECT_EQ(spent.error().code, ErrorCode::kSpent);
  LiveGroup late = before;
  auto stale =
      leader->call(late.commit_frame(EntryId{2}, Addition{&second, other, invited.voucher, again}));
  ASSERT_FALSE(stale.has_value());
  EXPECT_EQ(stale.error().code, ErrorCode::kStaleEpoch);
  EXPECT_EQ(stale.error().detail, 1u);
}

TEST(Node, StopsInTimeAlthoughAClientDoesNotRead) {
  TestNode node;
  node.start();
  node.found();
  auto leader = node.log_in(node.leader);
  LiveGroup live = node.new_group();
  const LogId group = live.id();
  ASSERT_TRUE(create_group(*leader, live).has_value());
  const std::string large(60 * 1024, 'x');
  for (std::uint64_t i = 1; i <= 20; ++i) {
    auto said = leader->call(append_frame(group, EntryId{i}, Epoch{0}, large));
    ASSERT_TRUE(said.has_value()) << said.error().message;
  }
  // About 60 MB of answers, more than sockets hold.
  auto stuck = node.log_in(node.leader);
  for (int i = 0; i < 60; ++i) {
    wire::ClientFrame frame;
    frame.mutable_fetch()->set_log(std::string(text_of(group.view())));
    ASSERT_TRUE(stuck->send(std::move(frame)).has_value());
  }
  // As much again for one who reads: by then the node waits for the other.
  for (int i = 0; i < 60; ++i) {
    wire::ClientFrame frame;
    frame.mutable_fetch()->set_log(std::string(text_of(group.view())));
    ASSERT_TRUE(leader->call(std::move(frame)).has_value());
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(node.terminate(), 0);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, server::limits::kStopDeadline - std::chrono::seconds(1)) << "nothing was stuck";
  EXPECT_LE(took, server::limits::kStopDeadline + std::chrono::seconds(5));
}

void expect_refused_start(const TestNode& node, const std::string& remedy) {
  const Finished finished = node.run_to_end();
  EXPECT_EQ(finished.exit_code, 1) << finished.output;
  EXPECT_NE(finished.output.find(remedy), std::string::npos) << finished.output;
}

TEST(Node, SaysInOneLineWhyItDoesNotStart) {
  {
    TestNode node;
    node.start();
    TestNode second;
    std::ofstream(second.data / "xom.toml") << "listen_port = " << node.port << "\n";
    expect_refused_start(second, "is in use; stop what listens there");
  }
  TestNode newer;
  std::ofstream(newer.data / "format") << "xom-data 2\n";
  expect_refused_start(newer, "install the newer X");
  TestNode damaged;
  std::ofstream(damaged.data / "xom.toml") << "listen_port = 70000\nlisten_prot = 1\n";
  expect_refused_start(damaged, "xom.toml:1: listen_port must be from 1 to 65535");
  expect_refused_start(damaged, "xom.toml:2: unknown key listen_prot");
  TestNode open;
  std::filesystem::permissions(open.data / "node.key", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  expect_refused_start(open, "chmod 600");
  TestNode missing;
  std::filesystem::remove(missing.data / "format");
  expect_refused_start(missing, "xom node init");
}

}  // namespace
}  // namespace xom::test
