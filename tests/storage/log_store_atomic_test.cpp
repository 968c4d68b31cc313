// Operations over several logs with further writes, and what a group of them shares.
#include "tests/storage/log_store_fixture.h"

namespace xom::storage::testing {
namespace {

class LogStoreAtomic : public LogStoreTest {
 protected:
  // An entry of `an` in the one log and one of the node's own in the other.
  AppendOperation bundle(std::uint64_t entry_id) {
    auto operation = one(log, an, entry_id, "commit");
    auto welcome = one(other, writer_of(99), 0, "welcome");
    operation.parts.push_back(std::move(welcome.parts[0]));
    return operation;
  }
  std::optional<std::string> get(std::string key) {
    return run(context, engine().get(std::move(key))).value();
  }
};

TEST_P(LogStoreAtomic, PartsAndWritesAreStoredTogether) {
  auto operation = bundle(1);
  operation.puts.emplace_back("service/a", "1");
  operation.finish = [](const std::vector<Appended>& done, Batch& batch) {
    batch.puts.emplace_back("service/seq", std::to_string(raw(done[0].seq)));
  };
  fill(log, binh, 1, 4);
  const auto done = append(std::move(operation)).value();
  ASSERT_EQ(done.size(), 2u);
  EXPECT_EQ(done[0].seq, Seq{5});
  EXPECT_EQ(done[1].seq, Seq{1});
  power_loss();
  EXPECT_EQ(state(log).head.seq, Seq{5});
  EXPECT_EQ(state(other).head.seq, Seq{1});
  EXPECT_EQ(get("service/a"), "1");
  EXPECT_EQ(get("service/seq"), "5");
}

TEST_P(LogStoreAtomic, PayloadOfALaterPartMayNameTheNumbersBeforeIt) {
  auto operation = bundle(1);
  operation.parts[1].make_payload = [](const std::vector<Appended>& before) {
    const std::string text = "commit " + std::to_string(raw(before.at(0).seq));
    return Bytes(text.begin(), text.end());
  };
  fill(log, binh, 1, 2);
  ASSERT_TRUE(append(std::move(operation)));
  EXPECT_EQ(text_of(read(other, 0).value().at(0).payload), "commit 3");
}

TEST_P(LogStoreAtomic, OneRefusedPartRefusesTheWhole) {
  auto operation = bundle(1);
  operation.parts[1].expected_generation = 7;
  operation.puts.emplace_back("service/a", "1");
  bool finished = false;
  operation.finish = [&](const std::vector<Appended>&, Batch&) { finished = true; };
  const auto refused = append(std::move(operation));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStaleEpoch);
  EXPECT_EQ(state(log).head.seq, Seq{0});
  EXPECT_EQ(get("service/a"), std::nullopt);
  EXPECT_FALSE(finished);
  EXPECT_TRUE(notices.all.empty());
}

TEST_P(LogStoreAtomic, RetryOfABundleWritesNothingAgain) {
  const auto first = append(bundle(1)).value();
  auto retry = bundle(1);
  retry.puts.emplace_back("service/a", "1");
  const auto again = append(std::move(retry)).value();
  EXPECT_TRUE(again[0].repeated);
  EXPECT_TRUE(again[1].repeated);
  EXPECT_EQ(again[0].header, first[0].header);
  EXPECT_EQ(again[1].seq, Seq{0});
  EXPECT_EQ(state(other).head.seq, Seq{1});
  EXPECT_EQ(get("service/a"), std::nullopt);
}

TEST_P(LogStoreAtomic, PreconditionsSeeTheGroupAndTheEngine) {
  auto spend = [&](const DeviceKey& writer) {
    auto operation = one(log, writer, 1, "join");
    operation.preconditions.push_back({"voucher", "fresh"});
    operation.puts.emplace_back("voucher", "spent");
    return operation;
  };
  const auto before = append(spend(an));
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().code, ErrorCode::kConflict);
  Batch batch;
  batch.puts.emplace_back("voucher", "fresh");
  ASSERT_TRUE(run(context, engine().commit(std::move(batch))));
  std::optional<Result<std::vector<Appended>>> first, second;
  start(context, store->append(spend(an)), first);
  start(context, store->append(spend(binh)), second);
  context.restart();
  context.run();
  EXPECT_TRUE(first->has_value());
  ASSERT_FALSE(second->has_value());
  EXPECT_EQ(second->error().code, ErrorCode::kConflict);
  EXPECT_EQ(state(log).head.seq, Seq{1});
}

TEST_P(LogStoreAtomic, RefusedOperationLeavesTheOthersOfItsGroup) {
  std::vector<std::optional<Result<std::vector<Appended>>>> results(5);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const bool bad = i == 2;
    start(context,
          store->append(one(log, writer_of(static_cast<std::uint8_t>(i + 1)), bad ? 9 : 1, "")),
          results[i]);
  }
  context.run();
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i]->has_value(), i != 2);
  EXPECT_EQ(state(log).head.seq, Seq{4});
}

TEST_P(LogStoreAtomic, LostRaceWithAnotherStoreIsPlannedAgain) {
  fill(log, an, 1, 1);
  LogStore rival(engine(), signer);  // as another process on a shared database
  ASSERT_TRUE(run(context, rival.append(one(log, binh, 1, "rival"))));
  std::vector<std::optional<Result<std::vector<Appended>>>> results(3);
  start(context, store->append(one(log, an, 2, "")), results[0]);
  start(context, store->append(one(other, an, 1, "")), results[1]);
  start(context, store->append(one(log, an, 3, "")), results[2]);
  context.restart();
  context.run();
  for (const auto& result : results) ASSERT_TRUE(result->has_value()) << result->error().message;
  EXPECT_EQ((**results[0])[0].seq, Seq{3});
  EXPECT_EQ(read(log, 0).value().size(), 4u);
}

TEST_P(LogStoreAtomic, AppendsThatArriveDuringASyncShareTheNext) {
  disk->hold();
  std::vector<std::optional<Result<std::vector<Appended>>>> results(101);
  start(context, store->append(one(log, an, 1, "first")), results[0]);
  disk->wait_until_held(context);
  for (std::size_t i = 1; i < results.size(); ++i) {
    start(context, store->append(one(log, an, i + 1, "")), results[i]);
  }
  std::optional<Result<LogState>> seen;
  start(context, store->state(log), seen);
  context.run_for(std::chrono::milliseconds(20));
  const auto before = disk->syncs();
  for (const auto& result : results) EXPECT_FALSE(result) << "answered before its sync";
  EXPECT_TRUE(notices.all.empty()) << "told before the sync";
  EXPECT_EQ((**seen).head.seq, Seq{0}) << "seen before the sync";
  disk->release();
  context.restart();
  context.run();
  EXPECT_EQ(disk->syncs() - before, 2u);
  ASSERT_EQ(notices.all.size(), results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_TRUE(results[i]->has_value());
    EXPECT_EQ(notices.all[i].second.seq, Seq{i + 1}) << "in the order of the log";
  }
}

TEST_P(LogStoreAtomic, FailedSyncIsNeitherAnsweredAsStoredNorTold) {
  fill(log, an, 1, 1);
  disk->fail_next_sync();
  const auto failed = append(one(log, an, 2, ""));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(append(one(log, an, 2, "")).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(notices.all.size(), 1u);
  power_loss();
  fill(log, an, 2, 1);
  EXPECT_EQ(state(log).head.seq, Seq{2});
}

TEST_P(LogStoreAtomic, CloseWaitsForWhatIsInFlightAndRefusesTheRest) {
  std::optional<Result<std::vector<Appended>>> first;
  start(context, store->append(one(log, an, 1, "")), first);
  context.run_one();
  run(context, store->close());
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->has_value());
  EXPECT_EQ(append(one(log, an, 2, "")).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(read(log, 0).value().size(), 1u) << "reading goes on";
}

XOM_FOR_EVERY_ENGINE(LogStoreAtomic);

}  // namespace
}  // namespace xom::storage::testing
