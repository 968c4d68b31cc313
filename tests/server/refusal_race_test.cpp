// What happens while a refusal or a commit is being judged: one of the two counts, never both.
#include <gtest/gtest.h>

#include "tests/server/group_world.h"

namespace xom::server {
namespace {

using namespace xom::test;
using storage::Awaitable;

// Lets something else happen after the read with a given number.
class Interrupted final : public storage::Engine {
 public:
  explicit Interrupted(storage::Engine& engine) : engine_(engine) {}

  Awaitable<Result<std::optional<std::string>>> get(std::string key) override {
    auto value = co_await engine_.get(std::move(key));
    co_await interrupt();
    co_return value;
  }
  Awaitable<Result<std::vector<storage::KeyValue>>> scan(std::string begin, std::string end,
                                                         std::size_t limit,
                                                         std::size_t max_bytes) override {
    auto items = co_await engine_.scan(std::move(begin), std::move(end), limit, max_bytes);
    co_await interrupt();
    co_return items;
  }
  Awaitable<Result<void>> commit(storage::Batch batch) override {
    auto done = co_await engine_.commit(std::move(batch));
    co_return done;
  }
  storage::Health health() const override { return engine_.health(); }

  int reads_until = 0;
  std::function<Awaitable<void>()> meanwhile;  // once

 private:
  Awaitable<void> interrupt() {
    if (!meanwhile || --reads_until != 0) co_return;
    auto work = std::exchange(meanwhile, nullptr);
    co_await work();
  }
  storage::Engine& engine_;
};

class RefusalRaces : public GroupWorld {
 protected:
  void SetUp() override {
    GroupWorld::SetUp();
    slow_.emplace(world_->engine);
    groups_.emplace(*slow_, world_->store, world_->verifier, world_->clock, authority_.id(),
                    node_key_.public_key_as<NodeKey>());
  }
  std::optional<Interrupted> slow_;
  std::optional<Groups> groups_;  // over slow_
};

TEST_F(RefusalRaces, AMessageOfTheNewEpochAndTheRefusal) {
  int both_ways = 0;
  for (int read = 1;; ++read) {
    SCOPED_TRACE(read);
    const Epoch epoch = live_->epoch();
    const auto frame = update();
    ASSERT_TRUE(commit(leader_, frame).has_value());
    world_->clock.ahead += limits::kRefusalWindow.count();
    slow_->reads_until = read;
    std::optional<Result<storage::Appended>> said;
    const auto message =
        append_frame(group_, EntryId{binh_.last_id + 1}, Epoch{raw(epoch) + 1}, "x").append();
    slow_->meanwhile = [&]() -> Awaitable<void> {
      wire::Append request = message;
      auto appended = co_await world_->groups.append(binh_.caller(), std::move(request));
      said = std::move(appended);
    };
    const auto refused = refuse(*groups_, chi_, refusal_of(frame, epoch));
    if (!said) {  // there are no more reads
      EXPECT_TRUE(refused.has_value());
      EXPECT_GT(both_ways, 2);
      return;
    }
    ++both_ways;
    // It was appended in every case, since the refusal came after it.
    ASSERT_TRUE(said->has_value());
    ++binh_.last_id;
    EXPECT_EQ(code_of(refused), ErrorCode::kStaleEpoch);
    EXPECT_EQ(log().generation, raw(epoch) + 1);
    live_->accepted();
  }
}

TEST_F(RefusalRaces, ACommitThatWasJudgedOnWhatIsThenTakenBack) {
  int tried = 0;
  for (int read = 1;; ++read) {
    SCOPED_TRACE(read);
    // Bình has a state of his own, to commit from.
    auto entered = reentry(binh_.person, binh_.next_id(), binh_.voucher, live_->group_info());
    ASSERT_TRUE(commit(binh_, entered.frame).has_value());
    live_->follow(entered.frame);
    const Epoch epoch = live_->epoch();
    const auto first = update();
    ASSERT_TRUE(commit(leader_, first).has_value());
    entered.group.follow(first);
    // His commit goes on from the leader's, which is taken back meanwhile, and another made.
    const auto next =
        entered.group.commit_frame(EntryId{binh_.last_id + 1}, std::vector<mls::Proposal>());
    world_->clock.ahead += limits::kRefusalWindow.count();
    const auto word =
        refuse_frame(chi_.person, EntryId{chi_.last_id + 1}, refusal_of(first, epoch)).refuse();
    const auto instead = update();
    bool happened = false;
    slow_->reads_until = read;
    slow_->meanwhile = [&]() -> Awaitable<void> {
      happened = true;
      wire::Refuse refusal = word;
      auto refused = co_await world_->groups.refuse(chi_.caller(), std::move(refusal));
      EXPECT_TRUE(refused.has_value());
      wire::CommitBundle bundle = instead.commit();
      auto committed = co_await world_->groups.commit(leader_.caller(), std::move(bundle));
      EXPECT_TRUE(committed.has_value());
    };
    const auto committed = world_->run(groups_->commit(binh_.caller(), next.commit()));
    if (!happened) {
      EXPECT_TRUE(committed.has_value()) << committed.error().message;
      EXPECT_GT(tried, 3);
      return;
    }
    ++tried;
    ++chi_.last_id;
    EXPECT_FALSE(committed.has_value());
    live_->accepted();
    // The node holds the leader's group, not a mixture.
    EXPECT_EQ(log().generation, raw(live_->epoch()));
    const auto held = world_->run(load_public_group(world_->engine, group_));
    ASSERT_TRUE(held.has_value());
    EXPECT_EQ(held->context(), live_->public_group().context());
  }
}

}  // namespace
}  // namespace xom::server
