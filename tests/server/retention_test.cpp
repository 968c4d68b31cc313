// Retention: which entries go, and that the walk over all logs lets others through.
#include <gtest/gtest.h>

#include "protocol/trust/log_ids.h"
#include "server/limits.h"
#include "server/retention/trimmer.h"
#include "storage/limits.h"
#include "storage/memory_engine.h"
#include "tests/server/world.h"

namespace xom::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using storage::Awaitable;

constexpr hours kDay{24};
constexpr std::int64_t kNow = 1'800'000'000'000;

// Signs with the time that the test wants.
class TimedSigner final : public storage::HeaderSigner {
 public:
  Bytes sign_header(const LogId& log, Seq seq, const Hash& previous,
                    const Hash& entry_hash) override {
    const trust::EntryHeader header{log, seq, previous, entry_hash, TimeMs{time}};
    return trust::sign_header(header, key_);
  }
  std::int64_t time = kNow;

 private:
  crypto::SigningKey key_ = crypto::SigningKey::generate(crypto::system_random());
};

class FixedClock final : public Clock {
 public:
  TimeMs now() const override { return TimeMs{kNow}; }
};

const Trimmer::Whole none = [](const LogId&) { return false; };

class RetentionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(crypto::initialise()); }

  static LogId log_of(std::uint8_t number) {
    LogId log;
    log.bytes.fill(number);
    return log;
  }
  static storage::AppendOperation operation(const LogId& log, wire::EntryKind kind,
                                            std::size_t bytes) {
    storage::AppendOperation one;
    one.parts.emplace_back();
    one.parts.back().log = log;
    one.parts.back().entry.kind = kind;
    one.parts.back().entry.payload = Bytes(bytes, 'x');
    return one;
  }
  // An entry that was written so long before now.
  void append(const LogId& log, milliseconds ago, wire::EntryKind kind = wire::APPLICATION,
              std::size_t bytes = 100) {
    signer_.time = kNow - ago.count();
    ASSERT_TRUE(run(store_.append(operation(log, kind, bytes))).has_value());
  }
  template <class T>
  T run(Awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io_, std::move(work), [&](const std::exception_ptr& broken, T value) {
      if (broken) std::rethrow_exception(broken);
      result.emplace(std::move(value));
    });
    io_.restart();
    io_.run();
    return std::move(*result);
  }
  storage::LogState state(const LogId& log) { return run(store_.state(log)).value(); }
  // Steps until a round has ended.
  int round(Trimmer& trimmer) {
    for (int steps = 1; steps < 1000; ++steps) {
      const auto ended = run(trimmer.step());
      EXPECT_TRUE(ended.has_value()) << ended.error().message;
      if (!ended || *ended) return steps;
    }
    ADD_FAILURE() << "the round does not end";
    return 0;
  }
  static Retention keeping(LogClass of, const Keep& keep) {
    Retention all;
    all[static_cast<std::size_t>(of)] = keep;
    return all;
  }

  boost::asio::io_context io_;
  storage::MemoryEngine engine_;
  TimedSigner signer_;
  FixedClock clock_;
  storage::LogStore store_{engine_, signer_};
  const LogId log_ = log_of(1);
};

TEST_F(RetentionTest, WhatIsOlderThanTheAgeGoesAndTheRestStays) {
  for (const int days : {50, 41, 39, 1}) append(log_, days * kDay);
  Trimmer trimmer(store_, clock_, keeping(LogClass::kGroup, {.age = 40 * kDay}), none);
  round(trimmer);
  EXPECT_EQ(state(log_).first, Seq{3});
  EXPECT_EQ(trimmer.trimmed(), 2u);
  round(trimmer);
  EXPECT_EQ(state(log_).first, Seq{3}) << "once more changes nothing";
}

TEST_F(RetentionTest, AnOldEntryBehindAYoungOneWaits) {
  append(log_, 1 * kDay);
  append(log_, 90 * kDay);  // the clock was set back meanwhile
  Trimmer trimmer(store_, clock_, keeping(LogClass::kGroup, {.age = 40 * kDay}), none);
  round(trimmer);
  EXPECT_EQ(state(log_).first, Seq{1});
}

TEST_F(RetentionTest, WithoutALimitNothingGoes) {
  append(log_, 10'000 * kDay);
  Trimmer trimmer(store_, clock_, {}, none);
  round(trimmer);
  EXPECT_EQ(state(log_).first, Seq{1});
}

TEST_F(RetentionTest, BySizeTheOldestGoButNoneThatIsYoung) {
  for (const int days : {90, 80, 70, 20, 10}) append(log_, days * kDay);
  Trimmer trimmer(store_, clock_, keeping(LogClass::kGroup, {.bytes = 350, .at_least = 30 * kDay}),
                  none);
  round(trimmer);
  EXPECT_EQ(state(log_).first, Seq{3}) << "500 bytes became 300";
  Trimmer strict(store_, clock_, keeping(LogClass::kGroup, {.bytes = 50, .at_least = 30 * kDay}),
                 none);
  round(strict);
  EXPECT_EQ(state(log_).first, Seq{4}) << "the last two are too young";
}

TEST_F(RetentionTest, EachClassHasItsOwnLimitsAndChannelsHaveNone) {
  const LogId inbox = log_of(2), channel = log_of(3);
  for (const LogId& log : {log_, inbox, channel}) {
    const auto kind = log == inbox     ? wire::WELCOME
                      : log == channel ? wire::STATEMENT
                                       : wire::APPLICATION;
    append(log, 1000 * kDay, kind);
    append(log, 100 * kDay, kind);
    append(log, 1 * kDay, kind);
  }
  Retention keep;
  keep[static_cast<std::size_t>(LogClass::kGroup)] = {.age = 400 * kDay};
  keep[static_cast<std::size_t>(LogClass::kInbox)] = {.age = 90 * kDay};
  Trimmer trimmer(store_, clock_, keep, none);
  round(trimmer);
  EXPECT_EQ(state(log_).first, Seq{2});
  EXPECT_EQ(state(inbox).first, Seq{3});
  EXPECT_EQ(state(channel).first, Seq{1});
  EXPECT_EQ(trimmer.held().entries, 2u + 1u + 3u);
  EXPECT_EQ(trimmer.held().payload, 600u);
}

TEST_F(RetentionTest, AKindOfALaterVersionIsLeftAlone) {
  append(log_, 1000 * kDay, static_cast<wire::EntryKind>(200));
  Retention all;
  all.fill({.age = 1 * kDay});
  Trimmer trimmer(store_, clock_, all, none);
  round(trimmer);
  EXPECT_EQ(state(log_).first, Seq{1});
}

TEST_F(RetentionTest, NoStepIsLongAndAppendsComeInBetween) {
  constexpr std::uint64_t kEntries = 2 * storage::limits::kTrimStep + 10;
  for (std::uint64_t i = 0; i < kEntries; ++i) append(log_, 50 * kDay, wire::APPLICATION, 1);
  Trimmer trimmer(store_, clock_, keeping(LogClass::kGroup, {.age = 40 * kDay}), none);
  std::uint64_t first = 1;
  int steps = 0;
  for (bool ended = false; !ended; ++steps) {
    ended = run(trimmer.step()).value();
    const std::uint64_t now = raw(state(log_).first);
    EXPECT_LE(now - first, storage::limits::kTrimStep);
    first = now;
    append(log_, milliseconds(0), wire::APPLICATION, 1);
  }
  EXPECT_EQ(first, kEntries + 1);
  EXPECT_EQ(steps, 4);
  EXPECT_EQ(raw(state(log_).head.seq), kEntries + 4);
}

TEST_F(RetentionTest, OneStepLooksAtFewLogsAndARoundAtAll) {
  const std::size_t count = 3 * limits::kTrimLogs + 1;
  for (std::size_t i = 1; i <= count; ++i) append(log_of(static_cast<std::uint8_t>(i)), 50 * kDay);
  Trimmer trimmer(store_, clock_, {}, none);
  EXPECT_EQ(round(trimmer), 4);
  EXPECT_EQ(trimmer.held().entries, count);
  Trimmer all(store_, clock_, keeping(LogClass::kGroup, {.age = 40 * kDay}), none);
  round(all);
  EXPECT_EQ(all.trimmed(), count);
  EXPECT_EQ(all.held().entries, 0u);
}

TEST_F(RetentionTest, AFailureLeavesTheLogAndGoesOnWithTheNext) {
  append(log_, 50 * kDay);
  append(log_of(2), 50 * kDay);
  Trimmer trimmer(store_, clock_, keeping(LogClass::kGroup, {.age = 40 * kDay}), none);
  engine_.fail_next_sync();
  EXPECT_FALSE(run(trimmer.step()).has_value());
  engine_.crash();  // opened again
  round(trimmer);
  EXPECT_EQ(state(log_).first, Seq{1}) << "in the next round";
  EXPECT_EQ(state(log_of(2)).first, Seq{2});
  round(trimmer);
  EXPECT_EQ(state(log_).first, Seq{2});
}

// A parent's public log as this node mirrors it may begin with an entry of any kind.
TEST_F(RetentionTest, WhatIsKeptWholeIsKeptWhateverStandsInIt) {
  const LogId mirror = log_of(1), group = log_of(2);
  append(mirror, 400 * kDay);
  append(mirror, 0 * kDay, wire::STATEMENT);
  append(group, 400 * kDay);
  append(group, 0 * kDay);
  Trimmer trimmer(store_, clock_, keeping(LogClass::kGroup, {.age = 40 * kDay}),
                  [&](const LogId& log) { return log == mirror; });
  round(trimmer);
  EXPECT_EQ(state(mirror).first, Seq{1});
  EXPECT_EQ(state(group).first, Seq{2});
}

}  // namespace
}  // namespace xom::server
