// One conformance suite for every engine.
#include "tests/storage/storage_support.h"

namespace xom::storage::testing {
namespace {

Batch put(std::string key, std::string value) {
  Batch batch;
  batch.puts.emplace_back(std::move(key), std::move(value));
  return batch;
}

class EngineConformance : public EngineTest {
 protected:
  Result<void> commit(Batch batch) { return run(context, engine().commit(std::move(batch))); }
  std::optional<std::string> get(std::string key) {
    return run(context, engine().get(std::move(key))).value();
  }
  std::vector<std::string> keys(std::string begin, std::string end, std::size_t limit = 100,
                                std::size_t bytes = 1 << 20) {
    auto found =
        run(context, engine().scan(std::move(begin), std::move(end), limit, bytes)).value();
    std::vector<std::string> names;
    for (auto& item : found) names.push_back(std::move(item.key));
    return names;
  }
};
using Keys = std::vector<std::string>;

TEST_P(EngineConformance, AbsentKeyHasNoValueAndAnEmptyValueIsOne) {
  EXPECT_EQ(get("a"), std::nullopt);
  ASSERT_TRUE(commit(put("a", "")));
  EXPECT_EQ(get("a"), std::optional<std::string>(""));
}

TEST_P(EngineConformance, KeysAndValuesAreArbitraryBytesInUnsignedOrder) {
  const std::string zero("b\0", 2), high("b\xff", 2);
  const std::string value("\0\xff\n", 3);
  Batch batch;
  batch.puts = {{high, value}, {"b", value}, {zero, value}, {"b\x7f", value}};
  ASSERT_TRUE(commit(std::move(batch)));
  EXPECT_EQ(keys("b", "c"), (Keys{"b", zero, "b\x7f", high}));
  EXPECT_EQ(get(zero), value);
}

TEST_P(EngineConformance, ScanTakesItsBeginAndLeavesItsEnd) {
  Batch batch;
  for (const char* key : {"k1", "k2", "k3", "z"}) batch.puts.emplace_back(key, "v");
  ASSERT_TRUE(commit(std::move(batch)));
  EXPECT_EQ(keys("k1", "k3"), (Keys{"k1", "k2"}));
  EXPECT_EQ(keys("k2", ""), (Keys{"k2", "k3", "z"}));
  EXPECT_EQ(keys("k4", "k9"), Keys{});
}

TEST_P(EngineConformance, ScanIsBoundedInCountAndInBytesButGivesAtLeastOne) {
  Batch batch;
  for (const char* key : {"k1", "k2", "k3"}) batch.puts.emplace_back(key, std::string(98, 'v'));
  ASSERT_TRUE(commit(std::move(batch)));
  EXPECT_EQ(keys("k", "l", 2), (Keys{"k1", "k2"}));
  EXPECT_EQ(keys("k", "l", 100, 200), (Keys{"k1", "k2"}));
  EXPECT_EQ(keys("k", "l", 100, 199), (Keys{"k1"}));
  EXPECT_EQ(keys("k", "l", 100, 1), (Keys{"k1"}));
}

TEST_P(EngineConformance, DeletesComeAfterPuts) {
  Batch batch = put("a", "1");
  batch.deletes.push_back("a");
  ASSERT_TRUE(commit(std::move(batch)));
  EXPECT_EQ(get("a"), std::nullopt);
}

TEST_P(EngineConformance, FailedPreconditionWritesNothing) {
  ASSERT_TRUE(commit(put("a", "1")));
  Batch batch = put("b", "2");
  batch.preconditions = {{"a", "1"}, {"c", "there"}};
  batch.deletes.push_back("a");
  const auto result = commit(std::move(batch));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kConflict);
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("b"), std::nullopt);
}

TEST_P(EngineConformance, PreconditionsTellAbsentFromEmpty) {
  ASSERT_TRUE(commit(put("a", "")));
  Batch absent = put("b", "1");
  absent.preconditions = {{"a", std::nullopt}};
  EXPECT_FALSE(commit(std::move(absent)));
  Batch empty = put("b", "1");
  empty.preconditions = {{"a", ""}, {"b", std::nullopt}};
  EXPECT_TRUE(commit(std::move(empty)));
}

TEST_P(EngineConformance, OfManyThatRaceForOneKeyOneWins) {
  std::vector<std::optional<Result<void>>> results(20);
  for (std::size_t i = 0; i < results.size(); ++i) {
    Batch batch = put("seat", std::to_string(i));
    batch.preconditions = {{"seat", std::nullopt}};
    start(context, engine().commit(std::move(batch)), results[i]);
  }
  context.restart();
  context.run();
  std::size_t won = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!*results[i]) continue;
    ++won;
    EXPECT_EQ(get("seat"), std::to_string(i));
  }
  EXPECT_EQ(won, 1u);
}

TEST_P(EngineConformance, BatchesOfOneGroupSeeTheEarlierOnes) {
  disk->hold();
  std::optional<Result<void>> first, second, third;
  start(context, engine().commit(put("x", "0")), first);
  disk->wait_until_held(context);
  Batch b = put("a", "1");
  start(context, engine().commit(std::move(b)), second);
  Batch c = put("a", "2");
  c.preconditions = {{"a", "1"}};
  start(context, engine().commit(std::move(c)), third);
  context.run_for(std::chrono::milliseconds(5));
  disk->release();
  context.restart();
  context.run();
  EXPECT_TRUE(**&first && **&second && **&third);
  EXPECT_EQ(get("a"), "2");
}

TEST_P(EngineConformance, BatchesThatWaitTogetherShareOneSync) {
  disk->hold();
  std::vector<std::optional<Result<void>>> results(40);
  start(context, engine().commit(put("first", "")), results[0]);
  disk->wait_until_held(context);
  for (std::size_t i = 1; i < results.size(); ++i) {
    start(context, engine().commit(put("k" + std::to_string(i), "")), results[i]);
  }
  context.run_for(std::chrono::milliseconds(10));
  for (const auto& result : results) EXPECT_FALSE(result) << "answered before its sync";
  const auto before = disk->syncs();
  disk->release();
  context.restart();
  context.run();
  for (const auto& result : results) EXPECT_TRUE(result && *result);
  EXPECT_LE(disk->syncs() - before, 2u);
}

TEST_P(EngineConformance, WhatWasAnsweredSurvivesPowerLoss) {
  ASSERT_TRUE(commit(put("a", "1")));
  disk->power_loss();
  EXPECT_EQ(get("a"), "1");
}

TEST_P(EngineConformance, FailedSyncStopsCommitsUntilReopened) {
  ASSERT_TRUE(commit(put("a", "1")));
  disk->fail_next_sync();
  const auto failed = commit(put("b", "2"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  const auto later = commit(put("c", "3"));
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, ErrorCode::kUnavailable);
  disk->power_loss();
  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("c"), std::nullopt);
  EXPECT_TRUE(commit(put("c", "3")));
}

XOM_FOR_EVERY_ENGINE(EngineConformance);

}  // namespace
}  // namespace xom::storage::testing
