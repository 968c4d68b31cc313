// Posts stand in their own log, under a number of the official one.
#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

class Posts : public World {
 protected:
  Post post() {
    Post p;
    p.issuer = root.id();
    p.log = root.posts.id();
    p.id.bytes[0] = next_++;
    p.sent = kNow;
    p.official_seq = root.official.cursor().seq;
    p.title = "Lịch cấp căn cước";
    p.body = "Thứ bảy, 8 giờ.\nMang theo giấy tờ.";
    return p;
  }
  std::uint8_t next_ = 1;
};

TEST_F(Posts, APublisherOfTheWholeNodeMayPost) {
  EXPECT_TRUE(put(root.posts, by_people(post(), publisher)).official);
  EXPECT_FALSE(put(root.posts, by_people(post(), publisher)).real);
  expect_refused(put(root.posts, by_people(post(), nobody)), ErrorCode::kUntrusted);
  expect_refused(put(root.posts, by_people(post(), approver)), ErrorCode::kUntrusted);
  expect_refused(put(root.posts, by_people(post(), local)), ErrorCode::kUntrusted);
  expect_refused(put(root.posts, by(root.authority, post())), ErrorCode::kUntrusted);
}

TEST_F(Posts, OnlyPostsStandInTheirLogAndNowhereElse) {
  Alert misplaced = alert();
  misplaced.log = root.posts.id();
  expect_refused(put(root.posts, by_people(misplaced, publisher)), ErrorCode::kUnknownKind);
  expect_refused(put(root.official, by_people(post(), publisher)), ErrorCode::kUnknownKind);
}

TEST_F(Posts, APostUnderAnUnknownOfficialEntryWaits) {
  Post early = post();
  early.official_seq = next(root.official.cursor().seq);
  const StoredEntry entry = root.posts.append(by_people(early, publisher));
  const auto waiting = verifier.feed(root.posts.id(), entry.view());
  ASSERT_FALSE(waiting.has_value());
  EXPECT_EQ(waiting.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(waiting.error().detail, raw(early.official_seq));
  put(root, by(root.authority, Unit{root.id(), "a", "", "Tổ", "Tổ"}));
  EXPECT_TRUE(verifier.feed(root.posts.id(), entry.view())->official);
}

TEST_F(Posts, AnOfficeThatEndedCannotSpeakUnderAnOldNumber) {
  const Post old = post();
  const StatementId office = Statement::decode(fed[5].payload)->id();
  put(root, by(root.authority, appointment(root, nobody, Office::kPublisher)));
  put(root, by(root.authority, Revocation{root.id(), office, ""}));
  EXPECT_TRUE(put(root.posts, by_people(old, publisher)).official);  // written before it ended
  EXPECT_TRUE(put(root.posts, by_people(post(), nobody)).official);
  expect_refused(put(root.posts, by_people(post(), publisher)), ErrorCode::kUntrusted);
  Post backdated = post();
  backdated.official_seq = old.official_seq;
  expect_refused(put(root.posts, by_people(backdated, publisher)), ErrorCode::kConflict);
}

TEST_F(Posts, APostIsOfficialOnce) {
  const Bytes statement = by_people(post(), publisher);
  EXPECT_TRUE(put(root.posts, statement).official);
  expect_refused(put(root.posts, statement), ErrorCode::kAlreadyExists);
}

}  // namespace
}  // namespace xom::trust::test
