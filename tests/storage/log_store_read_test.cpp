// Reading from a cursor, trimming, and mirrors.
#include "tests/storage/log_store_fixture.h"

namespace xom::storage::testing {
namespace {

class LogStoreRead : public LogStoreTest {
 protected:
  Result<void> check(std::uint64_t seq, const Hash& hash) {
    return run(context, store->check_cursor(log, Cursor{Seq{seq}, hash}));
  }
  Hash hash_at(std::uint64_t seq) {
    return trust::header_hash(read(log, seq - 1, 1).value().at(0).header).value();
  }
  Result<LogState> mirror(std::vector<LogEntry> entries) {
    return run(context, store->append_verbatim(log, std::move(entries)));
  }
  static VerbatimExtras generation(std::uint64_t value) {
    VerbatimExtras extras;
    extras.generation = value;
    return extras;
  }
  // Entries as another node would have made them.
  std::vector<LogEntry> foreign(std::size_t count, std::uint8_t variant) {
    auto elsewhere = make_memory_engine();
    LogStore theirs(elsewhere->engine(), signer);
    for (std::size_t i = 1; i <= count; ++i) {
      const std::string text = "entry " + std::to_string(variant) + std::to_string(i);
      EXPECT_TRUE(run(context, theirs.append(one(log, an, i, text))));
    }
    return run(context, theirs.read(log, Seq{0}, 1000, 1 << 24)).value();
  }
};

TEST_P(LogStoreRead, ReadIsBoundedInEntriesAndBytes) {
  for (std::uint64_t id = 1; id <= 10; ++id) {
    ASSERT_TRUE(append(one(log, an, id, std::string(10'000, 'x'))));
  }
  EXPECT_EQ(read(log, 0, 3).value().size(), 3u);
  EXPECT_EQ(read(log, 8, 3).value().size(), 2u);
  EXPECT_EQ(read(log, 0, 100, 25'000).value().size(), 2u);
  EXPECT_EQ(read(log, 0, 100, 1).value().size(), 1u);
  EXPECT_EQ(read(log, 0, 0).value().size(), 0u);
  const auto page = read(log, 4, 1).value();
  EXPECT_EQ(page[0].seq, Seq{5});
  EXPECT_EQ(page[0].writer, an);
  EXPECT_EQ(page[0].kind, 2u);
}

TEST_P(LogStoreRead, ReadDoesNotReachIntoTheNextLog) {
  const LogId following = [&] {
    LogId id = log;
    id.bytes.back() += 1;
    return id;
  }();
  fill(following, an, 1, 2);
  fill(log, an, 1, 1);
  EXPECT_EQ(read(log, 0).value().size(), 1u);
}

TEST_P(LogStoreRead, PastTheHeadIsRewound) {
  fill(log, an, 1, 2);
  const auto past = read(log, 3);
  ASSERT_FALSE(past);
  EXPECT_EQ(past.error().code, ErrorCode::kRewound);
  EXPECT_EQ(read(log, UINT64_MAX).error().code, ErrorCode::kRewound);
  const auto cursor = check(3, Hash{});
  ASSERT_FALSE(cursor);
  EXPECT_EQ(cursor.error().code, ErrorCode::kRewound);
  EXPECT_EQ(cursor.error().detail, 2u);
}

TEST_P(LogStoreRead, CursorsAreHeldOrForked) {
  fill(log, an, 1, 3);
  EXPECT_TRUE(check(0, Hash{}));
  for (std::uint64_t seq = 1; seq <= 3; ++seq) {
    Hash hash = hash_at(seq);
    EXPECT_TRUE(check(seq, hash));
    hash.bytes[31] ^= 1;
    const auto forked = check(seq, hash);
    ASSERT_FALSE(forked);
    EXPECT_EQ(forked.error().code, ErrorCode::kForked);
  }
}

TEST_P(LogStoreRead, TrimForgetsEntriesButNotNumbers) {
  fill(log, an, 1, 600);
  const Hash sixth = hash_at(6);
  ASSERT_TRUE(run(context, store->trim(log, Seq{590})));
  power_loss();
  EXPECT_EQ(state(log).first, Seq{591});
  EXPECT_EQ(state(log).head.seq, Seq{600});
  const auto trimmed = read(log, 5);
  ASSERT_FALSE(trimmed);
  EXPECT_EQ(trimmed.error().code, ErrorCode::kTrimmed);
  EXPECT_EQ(trimmed.error().detail, 591u);
  EXPECT_EQ(read(log, 590).value().size(), 10u);
  EXPECT_TRUE(check(6, sixth));
  fill(log, an, 601, 1);
  EXPECT_EQ(run(context, engine().scan("l/e/", "l/f", 1000, 1 << 20)).value().size(), 11u);
}

TEST_P(LogStoreRead, WhollyTrimmedLogGoesOnWhereItWas) {
  fill(log, an, 1, 3);
  ASSERT_TRUE(run(context, store->trim(log, Seq{UINT64_MAX})));
  ASSERT_TRUE(run(context, store->trim(log, Seq{3}))) << "again changes nothing";
  EXPECT_EQ(state(log).first, Seq{4});
  EXPECT_TRUE(read(log, 3).value().empty());
  EXPECT_EQ(read(log, 2).error().detail, 4u);
  fill(log, an, 4, 1);
  EXPECT_EQ(read(log, 3).value().at(0).seq, Seq{4});
}

TEST_P(LogStoreRead, LogsAreListedInPagesWithWhatTheyHold) {
  EXPECT_TRUE(run(context, store->logs(std::nullopt, 10)).value().empty());
  fill(log, an, 1, 3);
  fill(other, an, 1, 2);
  fill(log_of(0xff), an, 1, 1);
  ASSERT_TRUE(run(context, store->trim(log, Seq{1})));
  const auto page = run(context, store->logs(std::nullopt, 2)).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].log, log);
  EXPECT_EQ(page[0].state.first, Seq{2});
  EXPECT_EQ(page[0].state.head.seq, Seq{3});
  EXPECT_EQ(page[0].bytes, 2 * std::string("entry 1").size());
  EXPECT_EQ(page[1].log, other);
  const auto rest = run(context, store->logs(other, 2)).value();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].log, log_of(0xff));
}

TEST_P(LogStoreRead, MirrorTakesEntriesAsTheyAre) {
  const auto theirs = foreign(5, 0);
  const auto taken = mirror(theirs);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->head.seq, Seq{5});
  power_loss();
  const auto ours = read(log, 0).value();
  ASSERT_EQ(ours.size(), 5u);
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_EQ(ours[i].header, theirs[i].header);
  EXPECT_EQ(notices.all.size(), 5u);
  EXPECT_TRUE(append(one(log, an, 5, "")).value()[0].repeated) << "writers are taken over too";
}

TEST_P(LogStoreRead, MirrorSkipsWhatItHolds) {
  auto theirs = foreign(5, 0);
  ASSERT_TRUE(mirror({theirs.begin(), theirs.begin() + 3}));
  ASSERT_TRUE(mirror(theirs));
  EXPECT_EQ(state(log).head.seq, Seq{5});
  EXPECT_EQ(notices.all.size(), 5u);
}

TEST_P(LogStoreRead, MirrorRefusesForksGapsAndForeignHeaders) {
  const auto theirs = foreign(5, 0);
  const auto fork = foreign(5, 1);
  ASSERT_TRUE(mirror({theirs.begin(), theirs.begin() + 3}));
  EXPECT_EQ(mirror({fork[1]}).error().code, ErrorCode::kForked);
  EXPECT_EQ(mirror({fork[3]}).error().code, ErrorCode::kForked);
  const auto gap = mirror({theirs[4]});
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().code, ErrorCode::kEntryGap);
  EXPECT_EQ(gap.error().detail, 4u);
  LogEntry changed = theirs[3];
  changed.payload[0] ^= 1;
  EXPECT_EQ(mirror({changed}).error().code, ErrorCode::kMalformed);
  LogEntry renumbered = theirs[4];
  renumbered.seq = Seq{4};
  EXPECT_EQ(mirror({renumbered}).error().code, ErrorCode::kMalformed);
  LogEntry broken = theirs[3];
  broken.header.resize(10);
  EXPECT_FALSE(mirror({broken}));
  EXPECT_EQ(state(log).head.seq, Seq{3}) << "one bad entry leaves nothing of its batch";
  std::vector<LogEntry> half{theirs[3], changed};
  EXPECT_FALSE(mirror(half));
  EXPECT_EQ(state(log).head.seq, Seq{3});
}

TEST_P(LogStoreRead, RestoredEntriesSetTheGeneration) {
  const auto theirs = foreign(2, 0);
  ASSERT_TRUE(run(context, store->append_verbatim(log, theirs, generation(7))));
  EXPECT_EQ(state(log).generation, 7u);
  ASSERT_TRUE(run(context, store->append_verbatim(log, theirs, generation(9))));
  EXPECT_EQ(state(log).generation, 7u) << "nothing new was restored";
}

TEST_P(LogStoreRead, WhatGoesWithRestoredEntriesIsWrittenWithThemOrNotAtAll) {
  const auto theirs = foreign(3, 0);
  const auto restore = [&](std::vector<LogEntry> entries, const Cursor& head, std::string value) {
    VerbatimExtras extras;
    extras.expected_head = head;
    extras.puts.emplace_back("beside", std::move(value));
    return run(context, store->append_verbatim(log, std::move(entries), std::move(extras)));
  };
  const auto beside = [&] { return run(context, engine().get("beside")).value(); };
  LogEntry changed = theirs[1];
  changed.payload[0] ^= 1;
  EXPECT_FALSE(restore({theirs[0], changed}, Cursor(), "of a bad batch"));
  EXPECT_EQ(beside(), std::nullopt);
  ASSERT_TRUE(restore({theirs[0], theirs[1]}, Cursor(), "first"));
  EXPECT_EQ(beside(), "first");
  const auto late = restore(theirs, Cursor(), "from a head that is past");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kConflict);
  ASSERT_TRUE(restore({theirs[0], theirs[1]}, Cursor(), "nothing new"));
  EXPECT_EQ(beside(), "first");
  EXPECT_EQ(state(log).head.seq, Seq{2});
}

XOM_FOR_EVERY_ENGINE(LogStoreRead);

}  // namespace
}  // namespace xom::storage::testing
