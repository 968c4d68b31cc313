// Commits that are taken back: who may do it, when, and that everything is as it was.
#include <gtest/gtest.h>

#include "protocol/admission/group_policy.h"
#include "tests/server/group_world.h"

namespace xom::server {
namespace {

using namespace xom::test;

class Refusals : public GroupWorld {
 protected:
  // Another device of this guest's account, in the group by the leader's commit.
  void add_second(const Guest& first, Guest& second) {
    second.person.account_key =
        crypto::SigningKey::from_seed(first.person.account_key.seed().view()).value();
    second.voucher = first.voucher;
    second.person.device_list = list_of(second, 2, {first.person.device(), second.person.device()});
    const Bytes package = key_package_of(second.person, second.voucher);
    const auto more =
        live_->commit_frame(leader_.next_id(), Addition{&second.person, package, {}, {}});
    const auto added = commit(leader_, more);
    ASSERT_TRUE(added.has_value()) << added.error().message;
    live_->accepted();
  }
  static Bytes list_of(const Guest& guest, std::uint64_t version, std::vector<DeviceKey> devices) {
    std::ranges::sort(devices);
    return sign_device_list(guest.person.account_key, version, std::move(devices));
  }
};

TEST_F(Refusals, ACommitIsTakenBackWithEverythingThatItChanged) {
  Guest dung;
  const struct {
    const char* what;
    std::function<wire::ClientFrame()> make;
    std::vector<DeviceKey> lost_place;
  } kCases[] = {{"update", [&] { return update(); }, {}},
                {"add", [&] { return addition(dung); }, {dung.person.device()}},
                {"remove", [&] { return removal(binh_); }, {}}};
  for (const auto& one : kCases) {
    SCOPED_TRACE(one.what);
    const Epoch epoch = live_->epoch();
    const auto before = snapshot();
    const auto frame = one.make();
    ASSERT_TRUE(commit(leader_, frame).has_value());
    ASSERT_NE(snapshot(), before);
    ASSERT_EQ(log().generation, raw(epoch) + 1);
    const auto refused = refuse(chi_, frame, epoch);
    ASSERT_TRUE(refused.has_value()) << refused.error().message;
    EXPECT_EQ(refused->removed, one.lost_place);
    EXPECT_EQ(snapshot(), before);
    EXPECT_EQ(log().generation, raw(epoch));
    const auto all = entries();
    EXPECT_EQ(all.back().kind, static_cast<std::uint32_t>(wire::REFUSAL));
    EXPECT_EQ(all.back().writer, chi_.person.device());
    EXPECT_EQ(all.back().seq, refused->entry.seq);
    EXPECT_TRUE(trust::verify_refusal(all.back().payload, chi_.person.device()).has_value());
  }
  const auto voucher = trust::verify_voucher(dung.voucher).value();
  EXPECT_TRUE(
      world_->run(world_->groups.check_voucher(voucher, dung.person.account())).has_value());
  // The epoch is open: for a message and for another commit.
  EXPECT_TRUE(say(binh_, live_->epoch()).has_value());
  EXPECT_EQ(code_of(say(binh_, Epoch{raw(live_->epoch()) + 1})), ErrorCode::kStaleEpoch);
  add(dung);
  EXPECT_EQ(leaves_of(dung), 1u);
  EXPECT_EQ(log().generation, raw(live_->epoch()));
}

TEST_F(Refusals, WhatIsMeantForAnEpochThatWasTakenBackIsStaleInTheOneThatHasItsNumber) {
  Guest dung, em;
  const Epoch epoch = live_->epoch();
  const Epoch after{raw(epoch) + 1};
  const Seq began = log().generation_began;
  EXPECT_EQ(began, entries().back().seq) << "the commit that added the last guest";
  const auto first = addition(dung);
  const auto taken_back = commit(leader_, first);
  ASSERT_TRUE(taken_back.has_value());
  EXPECT_EQ(log().generation_began, taken_back->entry.seq);
  // The committer goes on in it, which does not make it stand.
  LiveGroup gone = *live_;
  gone.accepted();
  auto late = gone.commit_frame(EntryId{leader_.last_id + 2}, std::vector<mls::Proposal>());
  late.mutable_commit()->set_began(raw(taken_back->entry.seq));

  ASSERT_TRUE(refuse(chi_, first, epoch).has_value());
  EXPECT_EQ(log().generation_began, began);
  EXPECT_TRUE(say(binh_, epoch, began).has_value()) << "the first epoch is the same again";
  const auto second = update();
  const auto stands = commit(leader_, second);
  ASSERT_TRUE(stands.has_value());
  live_->accepted();
  ASSERT_EQ(log().generation, raw(after));

  EXPECT_EQ(error_of(say(binh_, after, taken_back->entry.seq)).detail, raw(after));
  EXPECT_EQ(code_of(say(binh_, after, taken_back->entry.seq)), ErrorCode::kStaleEpoch);
  EXPECT_EQ(code_of(say(binh_, after, Seq{0})), ErrorCode::kStaleEpoch);
  EXPECT_TRUE(say(binh_, after, stands->entry.seq).has_value());
  EXPECT_EQ(code_of(commit(leader_, late)), ErrorCode::kStaleEpoch);
  auto next = update();
  next.mutable_commit()->set_began(raw(stands->entry.seq));
  EXPECT_TRUE(commit(leader_, next).has_value());
}

TEST_F(Refusals, ATreeThatGrewIntoAnotherRecordIsCutAgain) {
  std::vector<Guest> guests(mls::kLeavesPerTreeRecord - 3);
  for (Guest& guest : guests) add(guest);
  const auto before = snapshot();
  Guest last;
  const auto frame = addition(last);
  ASSERT_TRUE(commit(leader_, frame).has_value());
  std::string second = keys::public_records(group_);
  second.append({static_cast<char>(mls::RecordKind::kTree), 0, 0, 0, 1});
  ASSERT_TRUE(snapshot().contains(second));
  ASSERT_TRUE(refuse(chi_, frame, live_->epoch()).has_value());
  EXPECT_EQ(snapshot(), before);
  add(last);
}

TEST_F(Refusals, AfterAnotherMemberWroteACommitStands) {
  const Epoch epoch = live_->epoch();
  const auto frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  live_->accepted();
  ASSERT_TRUE(say(leader_, live_->epoch()).has_value()) << "the committer's own does not count";
  const auto taken = refuse(chi_, frame, epoch);
  ASSERT_TRUE(taken.has_value()) << taken.error().message;
  // The same once more, with a word of somebody else's.
  const auto info = group_info(binh_);
  ASSERT_TRUE(info.has_value());
  auto entered = reentry(binh_.person, binh_.next_id(), binh_.voucher, view_of(info->group_info()));
  ASSERT_TRUE(commit(binh_, entered.frame).has_value());
  ASSERT_TRUE(say(leader_, Epoch{raw(epoch) + 1}).has_value());
  const auto before = snapshot();
  const auto late = refuse(chi_, entered.frame, epoch);
  EXPECT_EQ(code_of(late), ErrorCode::kStaleEpoch);
  EXPECT_EQ(error_of(late).detail, raw(epoch) + 1);
  EXPECT_EQ(snapshot(), before);
  EXPECT_EQ(entries().back().kind, static_cast<std::uint32_t>(wire::APPLICATION));
}

TEST_F(Refusals, NothingOfTheCommittersOwnHoldsTheCommit) {
  Guest second;
  add_second(binh_, second);
  const Epoch epoch = live_->epoch();
  const auto info = group_info(second);
  auto entered =
      reentry(second.person, second.next_id(), second.voucher, view_of(info->group_info()));
  ASSERT_TRUE(commit(second, entered.frame).has_value());
  const Epoch after{raw(epoch) + 1};
  ASSERT_TRUE(say(binh_, after).has_value()) << "another device of the account";
  for (int i = 0; i < 1100; ++i) ASSERT_TRUE(say(second, after).has_value()) << i;
  const auto refused = refuse(chi_, entered.frame, epoch);
  ASSERT_TRUE(refused.has_value()) << refused.error().message;
  EXPECT_EQ(log().generation, raw(epoch));
  EXPECT_EQ(code_of(refuse(leader_, entered.frame, epoch)), ErrorCode::kStaleEpoch);
}

TEST_F(Refusals, ANewcomerWhoWritesHoldsTheCommit) {
  Guest dung;
  const Epoch epoch = live_->epoch();
  const auto frame = addition(dung);
  ASSERT_TRUE(commit(leader_, frame).has_value());
  ASSERT_TRUE(say(dung, Epoch{raw(epoch) + 1}).has_value());
  EXPECT_EQ(code_of(refuse(chi_, frame, epoch)), ErrorCode::kStaleEpoch);
}

TEST_F(Refusals, ARequestToJoinHoldsNothing) {
  const Epoch epoch = live_->epoch();
  const auto frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  Guest guest;
  const auto invited = invite(leader_.person, group_, TimeMs{raw(now_ms()) + 60'000});
  const Bytes package = key_package_of(guest.person, invited.voucher);
  wire::Join request;
  request.set_group(std::string(text_of(group_.view())));
  request.set_entry_id(1);
  request.set_voucher(std::string(text_of(invited.voucher)));
  request.set_join_request(
      std::string(text_of(join_request(invited, group_, guest.person, package))));
  request.set_key_package(std::string(text_of(package)));
  request.set_device_list(std::string(text_of(guest.person.device_list)));
  const auto joined = world_->run(world_->groups.join(guest.caller(), request));
  ASSERT_TRUE(joined.has_value()) << joined.error().message;
  EXPECT_TRUE(refuse(chi_, frame, epoch).has_value());
}

TEST_F(Refusals, OnlyTheNewestCommitAndOnlyOnce) {
  const Epoch epoch = live_->epoch();
  const auto before = snapshot();
  const auto first = update();
  ASSERT_TRUE(commit(leader_, first).has_value());
  live_->accepted();
  const auto second = update();
  ASSERT_TRUE(commit(leader_, second).has_value());
  const auto older = refuse(chi_, first, epoch);
  EXPECT_EQ(code_of(older), ErrorCode::kStaleEpoch);
  EXPECT_EQ(error_of(older).detail, raw(epoch) + 2);
  ASSERT_TRUE(refuse(chi_, second, Epoch{raw(epoch) + 1}).has_value());
  EXPECT_EQ(code_of(refuse(binh_, second, Epoch{raw(epoch) + 1})), ErrorCode::kStaleEpoch);
  const auto deeper = refuse(chi_, first, epoch);
  EXPECT_EQ(code_of(deeper), ErrorCode::kStaleEpoch);
  EXPECT_EQ(error_of(deeper).detail, raw(epoch) + 1);
  EXPECT_NE(snapshot(), before);
}

TEST_F(Refusals, StrangersAndTheCommitterAreNotEntitledNorTheNewcomerNorTheRemoved) {
  Guest stranger, dung;
  const Epoch epoch = live_->epoch();
  const auto frame = addition(dung);
  ASSERT_TRUE(commit(leader_, frame).has_value());
  const auto outside = refuse(stranger, frame, epoch);
  EXPECT_EQ(code_of(outside), ErrorCode::kNotPermitted);
  EXPECT_EQ(error_of(outside).detail, 0u);
  auto nowhere = refusal_of(frame, epoch);
  nowhere.group = random_group();
  const auto none = refuse(world_->groups, stranger, nowhere);
  EXPECT_EQ(code_of(none), ErrorCode::kNotPermitted);
  EXPECT_EQ(error_of(none).message, error_of(outside).message);
  EXPECT_EQ(code_of(refuse(leader_, frame, epoch)), ErrorCode::kNotPermitted);
  EXPECT_EQ(code_of(refuse(dung, frame, epoch)), ErrorCode::kNotPermitted);
  live_->accepted();
  const auto removing = removal(binh_);
  ASSERT_TRUE(commit(leader_, removing).has_value());
  const Epoch ends = live_->epoch();
  EXPECT_EQ(code_of(refuse(binh_, removing, ends)), ErrorCode::kNotPermitted);
  EXPECT_EQ(log().generation, raw(ends) + 1);
  EXPECT_TRUE(refuse(chi_, removing, ends).has_value());
}

TEST_F(Refusals, WhoTheCommitLeavesDeadIsNotEntitled) {
  // A second device of Bình's account takes the first off the list.
  Guest second;
  add_second(binh_, second);
  const Epoch epoch = live_->epoch();
  second.person.device_list = list_of(second, 3, {second.person.device()});
  auto entered = reentry(second.person, second.next_id(), second.voucher, live_->group_info());
  const auto alone = commit(second, entered.frame);
  ASSERT_TRUE(alone.has_value()) << alone.error().message;
  ASSERT_EQ(alone->removed, std::vector{binh_.person.device()});
  EXPECT_EQ(code_of(refuse(binh_, entered.frame, epoch)), ErrorCode::kNotPermitted);
  ASSERT_TRUE(refuse(chi_, entered.frame, epoch).has_value());
  EXPECT_TRUE(say(binh_, epoch).has_value()) << "and it is back with the commit gone";
}

TEST_F(Refusals, AWordThatIsNotExactlyAboutTheCommitChangesNothing) {
  const Epoch epoch = live_->epoch();
  const auto frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  const auto before = snapshot();
  const auto good = refusal_of(frame, epoch);
  const auto changed = [&](auto change) {
    auto refusal = good;
    change(refusal);
    return code_of(refuse(world_->groups, chi_, refusal));
  };
  EXPECT_EQ(changed([](auto& r) { r.commit.bytes[31] ^= 1; }), ErrorCode::kStaleEpoch);
  EXPECT_EQ(changed([](auto& r) { r.epoch = Epoch{raw(r.epoch) + 1}; }), ErrorCode::kStaleEpoch);
  const auto send = [&](const Person& signer, auto change) {
    auto request = refuse_frame(signer, EntryId{1}, good).refuse();
    change(request);
    return code_of(world_->run(world_->groups.refuse(chi_.caller(), request)));
  };
  const auto as_it_is = [](auto&) {};
  EXPECT_EQ(send(binh_.person, as_it_is), ErrorCode::kUntrusted);
  const Person& chi = chi_.person;
  EXPECT_EQ(send(chi, [](auto& r) { r.mutable_refusal()->back() ^= 1; }), ErrorCode::kBadSignature);
  EXPECT_EQ(send(chi, [](auto& r) { r.mutable_refusal()->pop_back(); }), ErrorCode::kMalformed);
  EXPECT_EQ(send(chi, [](auto& r) { r.set_entry_id(0); }), ErrorCode::kMalformed);
  EXPECT_EQ(send(chi, [](auto& r) { r.set_entry_id(2); }), ErrorCode::kEntryGap);
  EXPECT_EQ(send(chi, [](auto& r) { r.mutable_group()->pop_back(); }), ErrorCode::kMalformed);
  // Another group that the sender is in, too: the statement says which is meant.
  auto elsewhere = good;
  elsewhere.group = random_group();
  EXPECT_EQ(
      send(chi,
           [&](auto& r) {
             r.set_refusal(std::string(text_of(trust::sign_value(elsewhere, chi.device_key))));
           }),
      ErrorCode::kMalformed);
  EXPECT_EQ(snapshot(), before);
  EXPECT_EQ(log().generation, raw(epoch) + 1);
  EXPECT_TRUE(refuse(chi_, frame, epoch).has_value()) << "and nothing was counted or used up";
}

TEST_F(Refusals, TheDevicesOfAnAccountCountTogether) {
  Guest second;
  add_second(chi_, second);
  const Epoch epoch = live_->epoch();
  wire::ClientFrame frame;
  for (std::uint64_t i = 0; i < limits::kRefusals; ++i) {
    frame = update();
    ASSERT_TRUE(commit(leader_, frame).has_value());
    ASSERT_TRUE(refuse(i % 2 == 0 ? chi_ : second, frame, epoch).has_value()) << i;
  }
  frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  EXPECT_EQ(code_of(refuse(second, frame, epoch)), ErrorCode::kRateLimited);
  EXPECT_EQ(code_of(refuse(chi_, frame, epoch)), ErrorCode::kRateLimited);
  EXPECT_TRUE(refuse(binh_, frame, epoch).has_value());
}

TEST_F(Refusals, AnAccountTakesBackSoManyAnHourAndOthersStillMay) {
  const Epoch epoch = live_->epoch();
  wire::ClientFrame frame;
  for (std::uint64_t i = 0; i < limits::kRefusals; ++i) {
    frame = update();
    ASSERT_TRUE(commit(leader_, frame).has_value());
    ASSERT_TRUE(refuse(chi_, frame, epoch).has_value()) << i;
    EXPECT_EQ(code_of(refuse(chi_, frame, epoch)), ErrorCode::kStaleEpoch) << "not counted";
  }
  frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  const auto limited = refuse(chi_, frame, epoch);
  EXPECT_EQ(code_of(limited), ErrorCode::kRateLimited);
  EXPECT_GT(error_of(limited).detail, 0u);
  EXPECT_LE(error_of(limited).detail, static_cast<std::uint64_t>(limits::kRefusalWindow.count()));
  EXPECT_EQ(log().generation, raw(epoch) + 1);
  ASSERT_TRUE(refuse(binh_, frame, epoch).has_value());
  frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  world_->clock.ahead = limits::kRefusalWindow.count() - 60'000;
  EXPECT_EQ(code_of(refuse(chi_, frame, epoch)), ErrorCode::kRateLimited);
  world_->clock.ahead = limits::kRefusalWindow.count() + 60'000;
  EXPECT_TRUE(refuse(chi_, frame, epoch).has_value());
}

TEST_F(Refusals, ARetryIsAnsweredWithTheFirstResultAndTakesNothingBackAgain) {
  const Epoch epoch = live_->epoch();
  const auto frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  const auto request = refuse_frame(chi_.person, EntryId{1}, refusal_of(frame, epoch)).refuse();
  const auto first = world_->run(world_->groups.refuse(chi_.caller(), request));
  ASSERT_TRUE(first.has_value());
  ASSERT_TRUE(commit(leader_, update()).has_value());
  const auto before = snapshot();
  const auto again = world_->run(world_->groups.refuse(chi_.caller(), request));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->entry.header, first->entry.header);
  EXPECT_EQ(snapshot(), before);
  EXPECT_EQ(log().generation, raw(epoch) + 1);
}

TEST_F(Refusals, TheUndoIsOnDisk) {
  Guest dung;
  const Epoch epoch = live_->epoch();
  const auto before = snapshot();
  const auto frame = addition(dung);
  ASSERT_TRUE(commit(leader_, frame).has_value());
  storage::LogStore store(world_->engine, world_->signer);
  Groups groups(world_->engine, store, world_->verifier, world_->clock, authority_.id(),
                node_key_.public_key_as<NodeKey>());
  const auto refused = refuse(groups, chi_, refusal_of(frame, epoch));
  ASSERT_TRUE(refused.has_value()) << refused.error().message;
  EXPECT_EQ(snapshot(), before);
}

}  // namespace
}  // namespace xom::server
