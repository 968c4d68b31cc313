// Two residents and a node over real connections; only the cryptography of MLS is left out.
#include <gtest/gtest.h>

#include "tests/integration/ward.h"
#include "tests/support/fake_mls.h"

namespace xom::test {
namespace {

class Chat : public ::testing::Test {
 protected:
  void SetUp() override {
    ward_.start();
    ward_.found();
  }
  ErrorCode refusal(const Result<wire::ServerFrame>& answer) {
    return answer ? ErrorCode{} : answer.error().code;
  }
  Ward ward_;
};

TEST_F(Chat, what_one_member_sends_the_other_is_pushed_and_finds_again_later) {
  const Room room = open_room(ward_);
  auto leader = ward_.connect_as(ward_.leader());
  auto resident = ward_.connect_as(room.resident);
  ASSERT_TRUE(open_log(*resident, room.group));
  const auto sent = leader->call(
      append_frame(room.group, EntryId{room.leader_entries + 1}, Epoch{1}, "Chào cả nhà"));
  ASSERT_TRUE(sent) << sent.error().message;
  const auto pushed = resident->receive();
  ASSERT_TRUE(pushed && pushed->has_pushed());
  EXPECT_EQ(pushed->pushed().entry().header(), sent->appended().header());

  ward_.kill_hard();
  ward_.start();
  resident = ward_.connect_as(room.resident);
  const auto entries = fetch_all(*resident, room.group, Seq{sent->appended().seq() - 1});
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ(entries->front().header(), sent->appended().header());
}

TEST_F(Chat, a_retry_is_stored_once_and_a_gap_is_refused) {
  const Room room = open_room(ward_);
  auto leader = ward_.connect_as(ward_.leader());
  const EntryId id{room.leader_entries + 1};
  const auto first = leader->call(append_frame(room.group, id, Epoch{1}, "một"));
  const auto again = leader->call(append_frame(room.group, id, Epoch{1}, "một"));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->appended().seq(), again->appended().seq());
  const auto gap = leader->call(append_frame(room.group, EntryId{raw(id) + 2}, Epoch{1}, "ba"));
  EXPECT_EQ(refusal(gap), ErrorCode::kEntryGap);
  EXPECT_EQ(gap.error().detail, raw(id) + 1);
}

TEST_F(Chat, a_message_of_a_past_epoch_is_told_the_present_one) {
  const Room room = open_room(ward_);
  auto leader = ward_.connect_as(ward_.leader());
  const auto stale =
      leader->call(append_frame(room.group, EntryId{room.leader_entries + 1}, Epoch{0}, "cũ"));
  ASSERT_EQ(refusal(stale), ErrorCode::kStaleEpoch);
  EXPECT_EQ(stale.error().detail, 1u);
}

TEST_F(Chat, a_stranger_neither_writes_nor_reads) {
  const Room room = open_room(ward_);
  auto anonymous = ward_.connect();
  EXPECT_EQ(refusal(open_log(*anonymous, room.group)), ErrorCode::kUnauthenticated);
  const Person stranger = Person::make();
  EXPECT_FALSE(say_hello(*anonymous, stranger));
  EXPECT_FALSE(register_appointed(*anonymous, stranger));
  EXPECT_FALSE(
      anonymous->call(append_frame(room.group, EntryId{1}, Epoch{1}, "tôi là công an")));
  EXPECT_FALSE(fetch_all(*anonymous, room.group, Seq{0}));
}

TEST_F(Chat, a_voucher_admits_once) {
  const LogId group = random_group();
  auto leader = ward_.connect_as(ward_.leader());
  ASSERT_TRUE(create_group(*leader, group, "kp1/to5"));
  const Invited invited = invite(ward_.leader(), group, TimeMs{raw(now_ms()) + 60'000});
  std::vector<Person> people;
  for (int i = 0; i < 2; ++i) people.push_back(Person::make());
  std::vector<Addition> additions;
  for (const Person& person : people) {
    Addition addition{&person, fake_key_package(person.device(), person.account()), invited.voucher, {}};
    addition.request = join_request(invited, group, person, addition.key_package);
    auto client = ward_.connect();
    ASSERT_TRUE(register_invited(*client, person, addition.voucher, addition.request));
    additions.push_back(std::move(addition));
  }
  ASSERT_TRUE(leader->call(commit_frame(group, EntryId{1}, Epoch{0}, 0, additions[0])));
  const auto second = leader->call(commit_frame(group, EntryId{2}, Epoch{1}, 0, additions[1]));
  EXPECT_EQ(refusal(second), ErrorCode::kSpent);
}

TEST_F(Chat, of_two_commits_in_an_epoch_one_wins_and_the_loser_is_told) {
  const Room room = open_room(ward_);
  auto leader = ward_.connect_as(ward_.leader());
  auto resident = ward_.connect_as(room.resident);
  std::vector<Person> people;
  for (int i = 0; i < 2; ++i) people.push_back(Person::make());
  std::vector<Addition> additions;
  for (const Person& person : people) {
    const Invited invited = invite(ward_.leader(), room.group, TimeMs{raw(now_ms()) + 60'000});
    Addition addition{&person, fake_key_package(person.device(), person.account()), invited.voucher, {}};
    addition.request = join_request(invited, room.group, person, addition.key_package);
    auto client = ward_.connect();
    ASSERT_TRUE(register_invited(*client, person, addition.voucher, addition.request));
    additions.push_back(std::move(addition));
  }
  const auto won = leader->call(
      commit_frame(room.group, EntryId{room.leader_entries + 1}, Epoch{1}, 0, additions[0]));
  ASSERT_TRUE(won) << won.error().message;
  const auto lost = resident->call(
      commit_frame(room.group, EntryId{room.resident_entries + 1}, Epoch{1}, 1, additions[1]));
  ASSERT_EQ(refusal(lost), ErrorCode::kStaleEpoch);
  EXPECT_EQ(lost.error().detail, 2u);
}

TEST_F(Chat, expired_and_forged_vouchers_are_refused) {
  const LogId group = random_group();
  auto leader = ward_.connect_as(ward_.leader());
  ASSERT_TRUE(create_group(*leader, group, "kp1/to5"));
  const Person joiner = Person::make();
  const Bytes key_package = fake_key_package(joiner.device(), joiner.account());
  auto client = ward_.connect();
  const Invited expired = invite(ward_.leader(), group, TimeMs{raw(now_ms()) - 1});
  EXPECT_EQ(refusal(register_invited(*client, joiner, expired.voucher,
                                     join_request(expired, group, joiner, key_package))),
            ErrorCode::kExpired);
  const Person impostor = Person::make();
  const Invited forged = invite(impostor, group, TimeMs{raw(now_ms()) + 60'000});
  EXPECT_FALSE(register_invited(*client, joiner, forged.voucher,
                                join_request(forged, group, joiner, key_package)));
}

TEST_F(Chat, hostile_frames_get_typed_errors_and_cost_others_nothing) {
  const Room room = open_room(ward_);
  auto hostile = ward_.connect();
  ASSERT_TRUE(hostile->send_raw(Bytes(100, 0xff)));
  const auto malformed = hostile->receive();
  ASSERT_TRUE(malformed && malformed->has_error());
  EXPECT_EQ(malformed->error().code(), static_cast<std::uint32_t>(ErrorCode::kMalformed));
  wire::ClientFrame empty;
  EXPECT_EQ(refusal(hostile->call(empty)), ErrorCode::kUnknownKind);
  auto oversized = ward_.connect();
  (void)oversized->send_raw(Bytes(8 * 1024 * 1024, 1));
  Result<wire::ServerFrame> answer = oversized->receive();
  while (answer && !answer->has_error()) answer = oversized->receive();
  if (answer) {
    EXPECT_EQ(answer->error().code(), static_cast<std::uint32_t>(ErrorCode::kTooLarge));
  }
  auto leader = ward_.connect_as(ward_.leader());
  EXPECT_TRUE(leader->call(
      append_frame(room.group, EntryId{room.leader_entries + 1}, Epoch{1}, "vẫn chạy")));
}

TEST_F(Chat, a_node_stops_in_good_order_and_says_goodbye) {
  auto client = ward_.connect();
  EXPECT_EQ(ward_.terminate(), 0);
  const auto goodbye = client->receive();
  EXPECT_TRUE(goodbye && goodbye->has_goodbye());
}

}  // namespace
}  // namespace xom::test
