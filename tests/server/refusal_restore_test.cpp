// A node that lost entries, and refusals among those that are handed back.
#include <gtest/gtest.h>

#include "tests/server/group_world.h"

namespace xom::server {
namespace {

using namespace xom::test;

class RefusalRestore : public GroupWorld {
 protected:
  void SetUp() override {
    GroupWorld::SetUp();
    after_ = std::make_unique<World>(authority_, node_key_);
  }
  // Hands entries back to a node that has lost its disk, in pages that end after these numbers.
  void restore(const std::vector<Seq>& pages) {
    const auto all = entries();
    Seq from{0};
    for (const Seq to : pages) {
      std::vector<storage::LogEntry> page;
      for (const auto& entry : all) {
        if (entry.seq > from && entry.seq <= to) page.push_back(entry);
      }
      const auto restored = after_->run(after_->groups.restore(group_, page));
      ASSERT_TRUE(restored.has_value()) << restored.error().message;
      from = to;
    }
    EXPECT_EQ(after_->run(after_->store.state(group_))->head, log().head);
    EXPECT_EQ(after_->run(after_->store.state(group_))->generation, log().generation);
    EXPECT_EQ(after_->run(after_->store.state(group_))->generation_began, log().generation_began);
    EXPECT_EQ(after_->run(after_->store.state(group_))->open_by, log().open_by);
  }
  // Times of vouchers are the header's there and the clock's here; GroupInfos are not in entries.
  Snapshot comparable(World& world) const {
    auto out = snapshot(world);
    std::erase_if(out, [](const auto& item) {
      return item.first.starts_with("g/v/") || item.first.starts_with("g/g/");
    });
    return out;
  }

  std::unique_ptr<World> after_;
};

TEST_F(RefusalRestore, IsReplayedWhereverThePagesAreCut) {
  Guest dung;
  const Epoch epoch = live_->epoch();
  const auto bad = addition(dung);
  ASSERT_TRUE(commit(leader_, bad).has_value());
  const Seq at_commit = log().head.seq;
  ASSERT_TRUE(refuse(chi_, bad, epoch).has_value());
  const Seq at_refusal = log().head.seq;
  const auto removing = removal(binh_);
  ASSERT_TRUE(commit(leader_, removing).has_value());
  ASSERT_TRUE(refuse(chi_, removing, epoch).has_value());
  const auto good = addition(dung);
  ASSERT_TRUE(commit(leader_, good).has_value());
  live_->accepted();
  ASSERT_TRUE(say(chi_, live_->epoch()).has_value());
  const Seq end = log().head.seq;
  const std::vector<Seq> cuts[] = {
      {end}, {at_commit, end}, {at_refusal, end}, {at_commit, at_refusal, end}};
  for (const auto& pages : cuts) {
    SCOPED_TRACE(pages.size());
    after_ = std::make_unique<World>(authority_, node_key_);
    restore(pages);
    EXPECT_EQ(comparable(*after_), comparable(*world_));
    const auto voucher = trust::verify_voucher(dung.voucher).value().id;
    EXPECT_EQ(after_->run(load_voucher_use(after_->engine, group_, voucher))->leaves(), 1u);
    const auto start = after_->run(after_->groups.start_of(group_, dung.person.device()));
    ASSERT_TRUE(start.has_value());
    EXPECT_EQ(*start, *world_->run(world_->groups.start_of(group_, dung.person.device())));
  }
}

TEST_F(RefusalRestore, TheLastCommitOfTheEntriesCanStillBeTakenBack) {
  const auto before = comparable(*world_);
  const Epoch epoch = live_->epoch();
  Guest dung;
  const auto frame = addition(dung);
  ASSERT_TRUE(commit(leader_, frame).has_value());
  restore({log().head.seq});
  const auto refused = refuse(after_->groups, chi_, refusal_of(frame, epoch));
  ASSERT_TRUE(refused.has_value()) << refused.error().message;
  EXPECT_EQ(refused->removed, std::vector{dung.person.device()});
  EXPECT_EQ(comparable(*after_), before);
  // And then not once more, and not the one before.
  EXPECT_EQ(code_of(refuse(after_->groups, binh_, refusal_of(frame, epoch))),
            ErrorCode::kStaleEpoch);
}

TEST_F(RefusalRestore, AWordOfAnotherAmongTheEntriesHoldsTheCommit) {
  const Epoch epoch = live_->epoch();
  const auto frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  live_->accepted();
  ASSERT_TRUE(say(leader_, live_->epoch()).has_value());
  const Seq open = log().head.seq;
  EXPECT_EQ(log().open_by, leader_.person.account());
  restore({open});
  ASSERT_TRUE(say(binh_, live_->epoch()).has_value());
  EXPECT_EQ(log().open_by, std::nullopt);
  after_ = std::make_unique<World>(authority_, node_key_);
  restore({open, log().head.seq});
  EXPECT_EQ(code_of(refuse(after_->groups, chi_, refusal_of(frame, epoch))),
            ErrorCode::kStaleEpoch);
}

TEST_F(RefusalRestore, WhoIsRemovedByTheEntriesIsTold) {
  const Seq before = log().head.seq;
  restore({before});
  const auto frame = removal(binh_);
  ASSERT_TRUE(commit(leader_, frame).has_value());
  auto all = entries();
  const auto removed = after_->run(after_->groups.restore(group_, std::move(all)));
  ASSERT_TRUE(removed.has_value()) << removed.error().message;
  EXPECT_EQ(*removed, std::vector{binh_.person.device()});
}

TEST_F(RefusalRestore, AGroupInfoThatWasLostIsNotAnsweredWithAnOlderOne) {
  const Seq at_epoch = log().head.seq;
  restore({at_epoch});
  world_.swap(after_);
  EXPECT_EQ(code_of(group_info(leader_)), ErrorCode::kUnavailable);
  const auto frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  EXPECT_EQ(group_info(leader_)->group_info(), frame.commit().group_info());
  // Taken back: what was not known is not known again.
  ASSERT_TRUE(refuse(chi_, frame, live_->epoch()).has_value());
  EXPECT_EQ(code_of(group_info(leader_)), ErrorCode::kUnavailable);
}

TEST_F(RefusalRestore, ARefusalThatFitsNoCommitIsRefused) {
  const Epoch epoch = live_->epoch();
  const auto frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  // The node's own signature stands under it, as after a bug; it is not followed blindly.
  auto other = refusal_of(frame, epoch);
  other.commit.bytes[0] ^= 1;
  storage::AppendOperation operation;
  operation.parts.emplace_back();
  operation.parts.back().log = group_;
  operation.parts.back().entry = {wire::REFUSAL, chi_.person.device(), EntryId{1},
                                  trust::sign_value(other, chi_.person.device_key)};
  ASSERT_TRUE(world_->run(world_->store.append(std::move(operation))).has_value());
  const auto restored = after_->run(after_->groups.restore(group_, entries()));
  EXPECT_EQ(code_of(restored), ErrorCode::kMalformed);
  EXPECT_EQ(raw(after_->run(after_->store.state(group_))->head.seq), 0u);
}

}  // namespace
}  // namespace xom::server
