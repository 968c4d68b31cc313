// The chain of a log: order, gaps, forks, heads.
#include "protocol/trust/limits.h"
#include "protocol/trust/log_ids.h"
#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

class Chains : public World {
 protected:
  ErrorCode feed(const StoredEntry& entry) {
    auto result = verifier.feed(root.official.id(), entry.view());
    return result ? ErrorCode{} : result.error().code;
  }
  Bytes unit(const char* id) {
    return by(root.authority, Unit{root.id(), id, "", "Khu phố", "Tên"});
  }
};

TEST_F(Chains, TheCursorFollowsTheLog) {
  EXPECT_EQ(verifier.cursor(root.official.id()), root.official.cursor());
  EXPECT_EQ(verifier.cursor(LogId{}), Cursor{});
}

TEST_F(Chains, AnErrorConsumesNothing) {
  const StoredEntry first = root.official.append(unit("a"));
  const StoredEntry second = root.official.append(unit("b"));
  const Cursor before = verifier.cursor(root.official.id());
  EXPECT_EQ(feed(second), ErrorCode::kMalformed);  // a gap
  EXPECT_EQ(verifier.cursor(root.official.id()), before);
  EXPECT_EQ(feed(first), ErrorCode{});
  EXPECT_EQ(feed(first), ErrorCode::kAlreadyExists);
  EXPECT_EQ(feed(second), ErrorCode{});
}

TEST_F(Chains, TwoHeadersWithOneNumberAreAFork) {
  LogMaker twin = root.official;
  const StoredEntry one = root.official.append(unit("a"));
  const StoredEntry other = twin.append(unit("b"));
  EXPECT_EQ(feed(one), ErrorCode{});
  EXPECT_EQ(feed(other), ErrorCode::kForked);
  const StoredEntry after_other = twin.append(unit("c"));
  EXPECT_EQ(feed(after_other), ErrorCode::kForked);
}

TEST_F(Chains, AHeaderByAnotherKeyIsRefused) {
  LogMaker by_ward = root.official;
  by_ward.sign_with(ward.node);
  EXPECT_EQ(feed(by_ward.append(unit("a"))), ErrorCode::kUntrusted);
  LogMaker by_authority = root.official;
  by_authority.sign_with(root.authority);
  EXPECT_EQ(feed(by_authority.append(unit("a"))), ErrorCode::kUntrusted);
}

TEST_F(Chains, AHeaderOfAnotherLogIsRefused) {
  LogMaker other(root.posts.id(), root.node);
  EXPECT_NE(feed(other.append(unit("a"))), ErrorCode{});
}

TEST_F(Chains, ALogThatNobodyCertifiedIsNotFound) {
  TestNode stranger("stranger");
  const StoredEntry entry =
      stranger.official.append(by(stranger.authority, stranger.certificate(stranger)));
  EXPECT_EQ(verifier.feed(stranger.official.id(), entry.view()).error().code, ErrorCode::kNotFound);
}

TEST_F(Chains, EntriesThatAreNoStatementsAreConsumedButNotOfficial) {
  StoredEntry entry = root.official.append(unit("a"));
  EntryHeader header =
      open_signed_by<EntryHeader>(entry.header, root.node.public_key_as<NodeKey>().view())->value;
  entry.kind = 2;
  header.entry_hash = entry_hash(2, entry.writer, entry.entry_id, entry.payload);
  entry.header = sign_header(header, root.node);
  const auto verdict = verifier.feed(root.official.id(), entry.view());
  ASSERT_TRUE(verdict.has_value());
  expect_refused(*verdict, ErrorCode::kUnknownKind);
}

TEST_F(Chains, AHeadTellsWhatIsMissingAndHowFreshTheLogIs) {
  const LogId log = root.official.id();
  EXPECT_FALSE(verifier.freshness(log, kNow).stale);
  EXPECT_TRUE(verifier.freshness(log, TimeMs{raw(kNow) + kHeadFreshMs + 1}).stale);
  ASSERT_TRUE(verifier.feed_head(root.official.head(at(3000))).has_value());
  EXPECT_FALSE(verifier.freshness(log, TimeMs{raw(kNow) + kHeadFreshMs + 1}).stale);
  EXPECT_FALSE(verifier.freshness(log, kNow).missing);
  EXPECT_EQ(verifier.clock_lower_bound(), at(3000));
  const StoredEntry hidden = root.official.append(unit("a"));
  ASSERT_TRUE(verifier.feed_head(root.official.head(at(3001))).has_value());
  EXPECT_TRUE(verifier.freshness(log, kNow).missing);
  EXPECT_EQ(feed(hidden), ErrorCode{});
  EXPECT_FALSE(verifier.freshness(log, kNow).missing);
}

TEST_F(Chains, AHeadThatContradictsTheLogIsAFork) {
  LogMaker twin = root.official;
  put(root, unit("a"));
  (void)twin.append(unit("b"));
  EXPECT_EQ(verifier.feed_head(twin.head(kNow)).error().code, ErrorCode::kForked);
  EXPECT_TRUE(verifier.feed_head(root.official.head(kNow)).has_value());
}

TEST_F(Chains, AnEntryThatContradictsAHeadIsAFork) {
  LogMaker twin = root.official;
  const StoredEntry shown = root.official.append(unit("a"));
  (void)twin.append(unit("b"));
  ASSERT_TRUE(verifier.feed_head(twin.head(kNow)).has_value());
  EXPECT_EQ(feed(shown), ErrorCode::kForked);
}

TEST_F(Chains, AHeadByAnotherKeyIsRefused) {
  LogMaker by_ward = root.official;
  by_ward.sign_with(ward.node);
  EXPECT_EQ(verifier.feed_head(by_ward.head(kNow)).error().code, ErrorCode::kUntrusted);
}

TEST_F(Chains, TwoReplaysOfTheSameLogsAgree) {
  put(root, by_people(alert(), publisher));
  put(root, by_people(alert(), nobody));
  Verifier again(root_fingerprint(root.id()));
  for (const StoredEntry& entry : fed) {
    ASSERT_TRUE(again.feed(root.official.id(), entry.view()).has_value());
  }
  EXPECT_EQ(again.cursor(root.official.id()), verifier.cursor(root.official.id()));
  ASSERT_EQ(again.alerts(root.id()).size(), 1U);
  EXPECT_EQ(again.alerts(root.id())[0].verdict.encode(),
            verifier.alerts(root.id())[0].verdict.encode());
}

}  // namespace
}  // namespace xom::trust::test
