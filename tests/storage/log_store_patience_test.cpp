// Operations that wait for others to share their sync; the store is more patient than any test.
#include <functional>

#include "storage/limits.h"
#include "tests/storage/log_store_fixture.h"

namespace xom::storage::testing {
namespace {

class LogStorePatience : public LogStoreTest {
 protected:
  using Outcome = std::optional<Result<std::vector<Appended>>>;
  static constexpr std::chrono::hours kLong{10};

  // The first is written at once; what comes next has somebody to wait for.
  void be_patient(std::chrono::milliseconds patience) {
    store.emplace(engine(), signer, patience);
    store->set_listener(&notices);
    Outcome first;
    start(context, store->append(patient(an, 1)), first);
    turn_until([&] { return first.has_value(); });
    ASSERT_TRUE(first && *first);
    syncs_before = disk->syncs();
  }
  AppendOperation patient(const DeviceKey& writer, std::uint64_t id) {
    AppendOperation operation = one(log, writer, id, "patient");
    operation.patient = true;
    return operation;
  }
  void turn_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < end) {
      context.restart();
      context.run_for(std::chrono::milliseconds(5));
    }
  }
  // Long enough for a sync, had it begun.
  void turn() {
    context.restart();
    context.run_for(std::chrono::milliseconds(60));
  }
  std::size_t syncs_before = 0;
};

TEST_P(LogStorePatience, WhoWaitsSharesOneSync) {
  be_patient(std::chrono::milliseconds(400));
  Outcome second, third;
  start(context, store->append(patient(an, 2)), second);
  turn();
  EXPECT_FALSE(second);
  start(context, store->append(patient(binh, 1)), third);
  turn_until([&] { return second && third; });
  ASSERT_TRUE(second && *second && third && *third);
  EXPECT_EQ(disk->syncs(), syncs_before + 1);
}

TEST_P(LogStorePatience, SomethingUrgentTakesThemAlong) {
  be_patient(kLong);
  Outcome second, urgent;
  start(context, store->append(patient(an, 2)), second);
  turn();
  EXPECT_FALSE(second);
  start(context, store->append(one(log, binh, 1, "urgent")), urgent);
  turn_until([&] { return second && urgent; });
  EXPECT_TRUE(second && *second && urgent && *urgent);
  EXPECT_EQ(disk->syncs(), syncs_before + 1);
  Outcome next;
  start(context, store->append(patient(an, 3)), next);
  turn();
  EXPECT_FALSE(next) << "only as long as something urgent waits";
  run(context, store->close());
}

TEST_P(LogStorePatience, ManyDoNotWait) {
  be_patient(kLong);
  std::vector<Outcome> all(limits::kGroupAtOnce);
  for (std::size_t i = 0; i + 1 < all.size(); ++i)
    start(context, store->append(patient(an, i + 2)), all[i]);
  turn();
  EXPECT_FALSE(all.front());
  start(context, store->append(patient(an, all.size() + 1)), all.back());
  turn_until([&] { return all.back().has_value(); });
  for (const Outcome& each : all) EXPECT_TRUE(each && *each);
  EXPECT_EQ(disk->syncs(), syncs_before + 1);
}

TEST_P(LogStorePatience, AStoreThatClosesWritesThemFirst) {
  be_patient(kLong);
  Outcome second;
  start(context, store->append(patient(an, 2)), second);
  turn();
  EXPECT_FALSE(second);
  run(context, store->close());
  ASSERT_TRUE(second && *second);
  EXPECT_EQ(read(log, 0).value().size(), 2u);
}

XOM_FOR_EVERY_ENGINE(LogStorePatience);

}  // namespace
}  // namespace xom::storage::testing
