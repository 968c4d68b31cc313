#include <memory>

#include "storage/keys.h"
#include "storage/limits.h"
#include "tests/storage/log_store_fixture.h"

namespace xom::storage::testing {
namespace {

class LogStoreAppend : public LogStoreTest {};

TEST_P(LogStoreAppend, NumbersEntriesWithoutGapsAndChainsThem) {
  fill(log, an, 1, 3);
  fill(log, binh, 1, 2);
  const auto entries = read(log, 0).value();
  ASSERT_EQ(entries.size(), 5u);
  Cursor last;
  for (const LogEntry& entry : entries) {
    EXPECT_EQ(entry.seq, next(last.seq));
    const auto statement = trust::Statement::decode(entry.header).value();
    EXPECT_TRUE(statement.verify(trust::Kind::kEntryHeader));
    const auto header = trust::EntryHeader::decode_body(statement.body).value();
    EXPECT_EQ(header.log, log);
    EXPECT_EQ(header.seq, entry.seq);
    EXPECT_EQ(header.previous, last.hash);
    EXPECT_EQ(header.entry_hash,
              trust::entry_hash(entry.kind, entry.writer, entry.entry_id, entry.payload));
    last = Cursor{entry.seq, trust::header_hash(entry.header).value()};
  }
  EXPECT_EQ(state(log).head, last);
}

TEST_P(LogStoreAppend, UnwrittenLogIsEmpty) {
  const LogState empty = state(log);
  EXPECT_EQ(empty.head, Cursor{});
  EXPECT_EQ(empty.first, Seq{1});
  EXPECT_EQ(empty.generation, 0u);
  EXPECT_TRUE(read(log, 0).value().empty());
}

TEST_P(LogStoreAppend, RetryAnswersWithTheFirstResultAndStoresNothing) {
  const auto first = append(one(log, an, 1, "once")).value();
  fill(log, an, 2, 1);
  const auto again = append(one(log, an, 1, "encrypted again")).value();
  EXPECT_TRUE(again[0].repeated);
  EXPECT_FALSE(first[0].repeated);
  EXPECT_EQ(again[0].seq, first[0].seq);
  EXPECT_EQ(again[0].header, first[0].header);
  EXPECT_EQ(read(log, 0).value().size(), 2u);
  EXPECT_EQ(notices.all.size(), 2u);
}

TEST_P(LogStoreAppend, RetryInTheSameGroupIsStoredOnce) {
  std::optional<Result<std::vector<Appended>>> first, second;
  start(context, store->append(one(log, an, 1, "a")), first);
  start(context, store->append(one(log, an, 1, "a")), second);
  context.run();
  EXPECT_FALSE((**first)[0].repeated);
  EXPECT_TRUE((**second)[0].repeated);
  EXPECT_EQ((**first)[0].header, (**second)[0].header);
  EXPECT_EQ(state(log).head.seq, Seq{1});
}

TEST_P(LogStoreAppend, RetryIsAnsweredAfterReopening) {
  const auto first = append(one(log, an, 1, "once")).value();
  power_loss();
  const auto again = append(one(log, an, 1, "once")).value();
  EXPECT_TRUE(again[0].repeated);
  EXPECT_EQ(again[0].header, first[0].header);
  EXPECT_EQ(state(log).head.seq, Seq{1});
}

TEST_P(LogStoreAppend, RetryIsAnsweredAfterTrimmingAndReopening) {
  const auto first = append(one(log, an, 1, "once")).value();
  fill(log, an, 2, 9);
  ASSERT_TRUE(run(context, store->trim(log, Seq{10})));
  power_loss();
  const auto again = append(one(log, an, 1, "once")).value();
  EXPECT_TRUE(again[0].repeated);
  EXPECT_EQ(again[0].seq, first[0].seq);
  EXPECT_EQ(again[0].header, first[0].header);
}

TEST_P(LogStoreAppend, RetriesReachBack64EntriesAndNotFurther) {
  fill(log, an, 1, 70);
  EXPECT_EQ(append(one(log, an, 7, "")).value()[0].seq, Seq{7});
  const auto older = append(one(log, an, 6, ""));
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, ErrorCode::kEntryGap);
  EXPECT_EQ(older.error().detail, 71u);
}

TEST_P(LogStoreAppend, HeadersKeptForRetriesDoNotPileUp) {
  fill(log, an, 1, 10);
  ASSERT_TRUE(run(context, store->trim(log, Seq{10})));
  fill(log, an, 11, 64);
  const auto left = run(context, engine().scan("l/r/", "l/s", 100, 1 << 20)).value();
  EXPECT_EQ(left.size(), 0u);
}

TEST_P(LogStoreAppend, GapInEntryIdsIsRefusedWithTheExpectedOne) {
  fill(log, an, 1, 2);
  const auto gap = append(one(log, an, 4, ""));
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().code, ErrorCode::kEntryGap);
  EXPECT_EQ(gap.error().detail, 3u);
  EXPECT_EQ(run(context, store->last_entry_id(log, an)).value(), EntryId{2});
  EXPECT_EQ(run(context, store->last_entry_id(log, binh)).value(), EntryId{0});
  EXPECT_TRUE(append(one(log, binh, 1, "")));
}

TEST_P(LogStoreAppend, EntryIdZeroIsTheWritersNext) {
  fill(log, an, 1, 2);
  ASSERT_TRUE(append(one(log, an, 0, "")));
  ASSERT_TRUE(append(one(log, an, 0, "")));
  EXPECT_EQ(read(log, 0).value().back().entry_id, EntryId{4});
}

TEST_P(LogStoreAppend, StaleGenerationIsRefusedWithThePresentOne) {
  auto commit = one(log, an, 1, "commit");
  commit.parts[0].expected_generation = 0;
  commit.parts[0].next_generation = 1;
  ASSERT_TRUE(append(commit));
  auto loser = one(log, binh, 1, "commit");
  loser.parts[0].expected_generation = 0;
  loser.parts[0].next_generation = 1;
  const auto refused = append(loser);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStaleEpoch);
  EXPECT_EQ(refused.error().detail, 1u);
  EXPECT_TRUE(append(commit).value()[0].repeated) << "a retry wins over its stale epoch";
  power_loss();
  EXPECT_EQ(state(log).generation, 1u);
}

TEST_P(LogStoreAppend, AGenerationIsOpenByItsAuthorUntilAnotherWrites) {
  AccountKey author, other;
  author.bytes.fill(1);
  other.bytes.fill(2);
  std::uint64_t id = 0;
  const auto write = [&](std::optional<AccountKey> by, std::optional<std::uint64_t> next = {},
                         bool expected_open = false) {
    auto operation = one(log, an, id + 1, "word");
    operation.parts[0].author = by;
    operation.parts[0].next_generation = next;
    operation.parts[0].expected_open = expected_open;
    auto written = append(operation);
    if (written) ++id;
    return written;
  };
  const auto refused = write(author, {}, true);
  ASSERT_FALSE(refused) << "the first generation has no author";
  EXPECT_EQ(refused.error().code, ErrorCode::kStaleEpoch);
  ASSERT_TRUE(write(author, 1));
  ASSERT_TRUE(write(std::nullopt));
  ASSERT_TRUE(write(author));
  power_loss();
  EXPECT_EQ(state(log).open_by, author);
  ASSERT_TRUE(write(std::nullopt, 0, true));
  EXPECT_EQ(state(log).open_by, std::nullopt) << "a generation that came back";
  ASSERT_TRUE(write(author));
  EXPECT_EQ(state(log).open_by, std::nullopt);
  ASSERT_TRUE(write(author, 1));
  ASSERT_TRUE(write(other));
  const auto late = write(std::nullopt, 0, true);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().detail, 1u);
  power_loss();
  EXPECT_EQ(state(log).open_by, std::nullopt);
  EXPECT_EQ(state(log).generation, 1u);
}

TEST_P(LogStoreAppend, AGenerationThatCameBackIsToldFromTheOneBefore) {
  const auto turn = [&](std::uint64_t id, std::uint64_t generation, std::optional<Seq> began) {
    auto operation = one(log, an, id, "turn");
    operation.parts[0].next_generation = generation;
    operation.parts[0].next_began = began;
    ASSERT_TRUE(append(operation));
  };
  const auto word = [&](std::uint64_t id, std::uint64_t generation, Seq began) {
    auto operation = one(log, binh, id, "word");
    operation.parts[0].expected_generation = generation;
    operation.parts[0].expected_began = began;
    return append(operation);
  };
  EXPECT_TRUE(word(1, 0, Seq{7})) << "nothing is known of how the first one began";
  turn(1, 1, std::nullopt);
  turn(2, 0, Seq{1});
  turn(3, 1, std::nullopt);
  EXPECT_EQ(state(log).generation_began, Seq{4});
  const auto refused = word(2, 1, Seq{2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStaleEpoch);
  EXPECT_EQ(refused.error().detail, 1u);
  power_loss();
  EXPECT_FALSE(word(2, 1, Seq{2}));
  EXPECT_TRUE(word(2, 1, Seq{4}));
  turn(4, 0, Seq{1});
  EXPECT_FALSE(word(3, 0, Seq{4}));
  EXPECT_TRUE(word(3, 0, Seq{1}));
}

TEST_P(LogStoreAppend, OfCommitsThatRaceInOneGroupOneWins) {
  std::vector<std::optional<Result<std::vector<Appended>>>> results(10);
  for (std::size_t i = 0; i < results.size(); ++i) {
    auto commit = one(log, writer_of(static_cast<std::uint8_t>(20 + i)), 1, "commit");
    commit.parts[0].expected_generation = 0;
    commit.parts[0].next_generation = 1;
    start(context, store->append(std::move(commit)), results[i]);
  }
  context.run();
  std::size_t won = 0;
  for (const auto& result : results) {
    if (*result) {
      ++won;
    } else {
      EXPECT_EQ(result->error().code, ErrorCode::kStaleEpoch);
    }
  }
  EXPECT_EQ(won, 1u);
  EXPECT_EQ(state(log).head.seq, Seq{1}) << "the refused ones left no trace";
}

TEST_P(LogStoreAppend, AnEntryForAnotherHeadThanThePresentOneIsRefused) {
  fill(log, an, 1, 2);
  const Cursor seen = state(log).head;
  auto early = one(log, binh, 1, "seen");
  early.parts[0].expected_head = Cursor{};
  const auto refused = append(early);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  auto forked = one(log, binh, 1, "seen");
  forked.parts[0].expected_head = seen;
  forked.parts[0].expected_head->hash.bytes[0] ^= 1;
  EXPECT_FALSE(append(forked)) << "the number alone is not the head";
  auto good = one(log, binh, 1, "seen");
  good.parts[0].expected_head = seen;
  ASSERT_TRUE(append(good));
  EXPECT_TRUE(append(good).value()[0].repeated) << "a retry wins over the head that it moved";
  EXPECT_EQ(state(log).head.seq, Seq{3});
}

TEST_P(LogStoreAppend, WhatIsAppendedInTheSameGroupMovesTheExpectedHead) {
  fill(log, an, 1, 1);
  auto second = one(log, binh, 1, "seen");
  second.parts[0].expected_head = state(log).head;
  context.restart();
  std::optional<Result<std::vector<Appended>>> first_result, second_result;
  start(context, store->append(one(log, an, 2, "first")), first_result);
  start(context, store->append(second), second_result);
  context.run();
  EXPECT_TRUE(first_result->has_value());
  ASSERT_FALSE(second_result->has_value());
  EXPECT_EQ(second_result->error().code, ErrorCode::kConflict);
  EXPECT_EQ(state(log).head.seq, Seq{2});
}

TEST_P(LogStoreAppend, NewLogMustBeNew) {
  auto created = one(log, an, 1, "created");
  created.parts[0].must_be_new = true;
  ASSERT_TRUE(append(created));
  auto again = one(log, binh, 1, "created");
  again.parts[0].must_be_new = true;
  const auto refused = append(again);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kAlreadyExists);
}

TEST_P(LogStoreAppend, TooLargeAndUnknownKindsAreRefused) {
  const auto large = append(one(log, an, 1, std::string(limits::kEntryPayload + 1, 'x')));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kTooLarge);
  auto kind = one(log, an, 1, "");
  kind.parts[0].entry.kind = 256;
  const auto refused = append(kind);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
  EXPECT_EQ(state(log).head.seq, Seq{0});
}

XOM_FOR_EVERY_ENGINE(LogStoreAppend);

}  // namespace
}  // namespace xom::storage::testing
