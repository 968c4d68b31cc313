// Re-entry by external commit, as the node sees it.
#include <gtest/gtest.h>

#include "tests/server/group_world.h"

namespace xom::server {
namespace {

using namespace xom::test;

class Reentries : public GroupWorld {
 protected:
  Cursor start_of(const Guest& guest) {
    return world_->run(world_->groups.start_of(group_, guest.person.device())).value();
  }
  Reentry enter(Guest& guest) {
    const auto info = group_info(guest);
    EXPECT_TRUE(info.has_value()) << info.error().message;
    return reentry(guest.person, guest.next_id(), guest.voucher, view_of(info->group_info()));
  }
};

TEST_F(Reentries, AMemberKeepsThePlaceWhereTheyBeganToRead) {
  const Cursor start = start_of(binh_);
  ASSERT_NE(start, log().head);
  const auto leaf = leaf_of(binh_.person);
  auto entered = enter(binh_);
  const auto committed = commit(binh_, entered.frame);
  ASSERT_TRUE(committed.has_value()) << committed.error().message;
  EXPECT_TRUE(committed->removed.empty()) << "may go on reading";
  EXPECT_EQ(start_of(binh_), start);
  EXPECT_EQ(leaves_of(binh_), 1u) << "the voucher is not used twice";
  const auto member = world_->run(load_member(world_->engine, group_, binh_.person.device()));
  EXPECT_EQ((*member)->leaf, raw(leaf));
  EXPECT_EQ(log().generation, raw(entered.group.epoch()));
  EXPECT_TRUE(say(binh_, entered.group.epoch()).has_value());
  live_->follow(entered.frame);
  ASSERT_TRUE(commit(leader_, update()).has_value());
}

TEST_F(Reentries, OneThatIsRefusedLeavesTheMemberWhereTheyWere) {
  const Epoch epoch = live_->epoch();
  const auto before = snapshot();
  const auto entered = enter(binh_);
  const auto committed = commit(binh_, entered.frame);
  ASSERT_TRUE(committed.has_value());
  ASSERT_NE(snapshot(), before);
  EXPECT_EQ(code_of(refuse(binh_, entered.frame, epoch)), ErrorCode::kNotPermitted);
  const auto refused = refuse(chi_, entered.frame, epoch);
  ASSERT_TRUE(refused.has_value()) << refused.error().message;
  EXPECT_TRUE(refused->removed.empty()) << "still a member, who may read";
  EXPECT_EQ(snapshot(), before);
  // Somebody's update brings a fresh GroupInfo, with which it works.
  const auto fresh = update();
  ASSERT_TRUE(commit(leader_, fresh).has_value());
  live_->accepted();
  EXPECT_EQ(group_info(binh_)->group_info(), fresh.commit().group_info());
  const auto again = enter(binh_);
  EXPECT_TRUE(commit(binh_, again.frame).has_value());
}

TEST_F(Reentries, ANewcomerWhoseWelcomeDoesNotOpenComesInByThemselves) {
  Guest dung;
  const auto adding = addition(dung);
  const auto added = commit(leader_, adding);
  ASSERT_TRUE(added.has_value());
  live_->accepted();
  const Cursor start = start_of(dung);
  EXPECT_EQ(start.seq, added->entry.seq);
  auto entered = enter(dung);
  const auto committed = commit(dung, entered.frame);
  ASSERT_TRUE(committed.has_value()) << committed.error().message;
  EXPECT_EQ(start_of(dung), start);
  EXPECT_EQ(leaves_of(dung), 1u);
  EXPECT_TRUE(say(dung, entered.group.epoch()).has_value());
  const Person other = Person::make();
  const auto voucher = trust::verify_voucher(dung.voucher).value();
  EXPECT_EQ(code_of(world_->run(world_->groups.check_voucher(voucher, other.account()))),
            ErrorCode::kSpent);
}

TEST_F(Reentries, OnlyByWhoSendsItWithTheOldVoucherAndNoWelcome) {
  const auto before = snapshot();
  const Bytes info = live_->group_info();
  const auto own = reentry(binh_.person, EntryId{1}, binh_.voucher, info);
  EXPECT_EQ(code_of(commit(chi_, own.frame)), ErrorCode::kNotPermitted);
  const auto unvouched = reentry(binh_.person, EntryId{1}, std::nullopt, info);
  EXPECT_EQ(code_of(commit(binh_, unvouched.frame)), ErrorCode::kUntrusted);
  auto welcome = own.frame;
  welcome.mutable_commit()->add_welcomes();
  EXPECT_EQ(code_of(commit(binh_, welcome)), ErrorCode::kMalformed);
  EXPECT_EQ(snapshot(), before);
  EXPECT_TRUE(commit(binh_, own.frame).has_value());
}

TEST_F(Reentries, ANewDeviceInThePlaceOfALostOneReadsFromItsCommitOn) {
  const auto before = snapshot();
  const Epoch epoch = live_->epoch();
  Guest phone;
  phone.person.account_key =
      crypto::SigningKey::from_seed(binh_.person.account_key.seed().view()).value();
  phone.person.device_list = sign_device_list(phone.person.account_key, 2, {phone.person.device()});
  phone.voucher = binh_.voucher;
  const auto info = group_info(phone);
  ASSERT_TRUE(info.has_value()) << "the account counts, not the device";
  const auto entered = reentry(phone.person, phone.next_id(), phone.voucher,
                               view_of(info->group_info()), leaf_of(binh_.person));
  const auto committed = commit(phone, entered.frame);
  ASSERT_TRUE(committed.has_value()) << committed.error().message;
  EXPECT_EQ(committed->removed, std::vector{binh_.person.device()});
  EXPECT_EQ(start_of(phone).seq, committed->entry.seq);
  const auto refused = refuse(chi_, entered.frame, epoch);
  ASSERT_TRUE(refused.has_value()) << refused.error().message;
  EXPECT_EQ(refused->removed, std::vector{phone.person.device()});
  EXPECT_EQ(snapshot(), before);
}

TEST_F(Reentries, ALateOneHearsThePresentEpoch) {
  const auto late = enter(binh_);
  ASSERT_TRUE(commit(leader_, update()).has_value());
  const auto refused = commit(binh_, late.frame);
  EXPECT_EQ(code_of(refused), ErrorCode::kStaleEpoch);
  EXPECT_EQ(error_of(refused).detail, raw(live_->epoch()) + 1);
}

TEST_F(Reentries, TheGroupInfoIsThatOfThePresentEpochAndForMembersOnly) {
  const auto present = group_info(binh_);
  ASSERT_TRUE(present.has_value());
  EXPECT_EQ(present->group(), text_of(group_.view()));
  const auto frame = update();
  ASSERT_TRUE(commit(leader_, frame).has_value());
  EXPECT_EQ(group_info(binh_)->group_info(), frame.commit().group_info());
  ASSERT_TRUE(refuse(chi_, frame, live_->epoch()).has_value());
  EXPECT_EQ(group_info(binh_)->group_info(), present->group_info());
  const Guest stranger;
  const auto refused = group_info(stranger);
  EXPECT_EQ(code_of(refused), ErrorCode::kNotPermitted);
  wire::GetGroupInfo nowhere;
  nowhere.set_group(std::string(text_of(random_group().view())));
  const auto none = world_->run(world_->groups.group_info(stranger.caller(), nowhere));
  EXPECT_EQ(code_of(none), ErrorCode::kNotPermitted);
  EXPECT_EQ(error_of(none).message, error_of(refused).message)
      << "there may be such a group or not";
  nowhere.set_group("x");
  EXPECT_EQ(code_of(world_->run(world_->groups.group_info(leader_.caller(), nowhere))),
            ErrorCode::kMalformed);
  // Who was removed is a stranger.
  ASSERT_TRUE(commit(leader_, removal(binh_)).has_value());
  EXPECT_EQ(code_of(group_info(binh_)), ErrorCode::kNotPermitted);
}

}  // namespace
}  // namespace xom::server
