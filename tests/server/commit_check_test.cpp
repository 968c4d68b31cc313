#include "server/groups/commit_check.h"

#include <gtest/gtest.h>

#include <ranges>

#include "server/limits.h"
#include "tests/support/live_group.h"

namespace xom::server {
namespace {

using namespace xom::test;

class CommitCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::initialise());
    leader_.emplace(Person::make());
    joiner_.emplace(Person::make());
    live_.emplace(*leader_, random_group(), authority_.id(), "to5");
    invite_by(*leader_, 60'000);
  }
  void invite_by(const Person& inviter, std::int64_t valid_ms) {
    invited_.emplace(invite(inviter, live_->id(), TimeMs{raw(now_ms()) + valid_ms}));
    key_package_ = key_package_of(*joiner_, invited_->voucher);
    request_ = join_request(*invited_, live_->id(), *joiner_, key_package_);
  }
  wire::CommitBundle bundle(std::optional<TimeMs> committer_time = std::nullopt) {
    return live_
        ->commit_frame(EntryId{1}, Addition{&*joiner_, key_package_, invited_->voucher, request_},
                       committer_time)
        .commit();
  }
  Caller leader() const { return {leader_->account(), leader_->device()}; }
  Result<CheckedCommit> check(const wire::CommitBundle& bundle) {
    return check_commit(live_->public_group(), leader(), bundle, now_ms());
  }
  ErrorCode refusal(const wire::CommitBundle& bundle) {
    auto checked = check(bundle);
    EXPECT_FALSE(checked.has_value());
    return checked ? ErrorCode{} : checked.error().code;
  }

  AuthorityPerson authority_ = AuthorityPerson::make();
  std::optional<Person> leader_, joiner_;
  std::optional<LiveGroup> live_;
  std::optional<Invited> invited_;
  Bytes key_package_, request_;
};

TEST_F(CommitCheck, TakesAnAddWithItsVoucherAndFollowsTheGroup) {
  auto checked = check(bundle());
  ASSERT_TRUE(checked.has_value()) << checked.error().message;
  ASSERT_EQ(checked->added.size(), 1u);
  EXPECT_EQ(checked->added[0].device, joiner_->device());
  EXPECT_EQ(checked->added[0].leaf, 1u);
  EXPECT_EQ(checked->added[0].voucher, trust::Statement::decode(invited_->voucher)->id());
  live_->accepted();
  EXPECT_EQ(checked->after.context(), live_->public_group().context());
}

TEST_F(CommitCheck, RefusesAnotherSender) {
  const Caller other{joiner_->account(), joiner_->device()};
  const auto checked = check_commit(live_->public_group(), other, bundle(), now_ms());
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().code, ErrorCode::kNotPermitted);
}

TEST_F(CommitCheck, RefusesAnAddWithoutAVoucher) {
  invited_->voucher.clear();
  EXPECT_EQ(refusal(bundle()), ErrorCode::kUntrusted);
}

TEST_F(CommitCheck, RefusesAVoucherOfSomebodyWhoDoesNotLead) {
  invite_by(Person::make(), 60'000);
  EXPECT_EQ(refusal(bundle()), ErrorCode::kUntrusted);
}

TEST_F(CommitCheck, RefusesAnExpiredVoucher) {
  invite_by(*leader_, -1000);
  EXPECT_EQ(refusal(bundle()), ErrorCode::kExpired);
}

TEST_F(CommitCheck, RefusesAClockThatIsSetBackToUseAnExpiredVoucher) {
  const std::int64_t far = 2 * limits::kCommitterClock.count();
  invite_by(*leader_, -far / 2);
  EXPECT_EQ(refusal(bundle(TimeMs{raw(now_ms()) - far})), ErrorCode::kNotPermitted);
}

TEST_F(CommitCheck, RefusesAVoucherSignedForAnotherKeyPackage) {
  key_package_ = key_package_of(*joiner_, invited_->voucher);
  EXPECT_EQ(refusal(bundle()), ErrorCode::kUntrusted);
}

TEST_F(CommitCheck, RefusesABundleWithoutItsWelcomeOrWithAGroupInfoOfAnotherEpoch) {
  auto none = bundle();
  none.clear_welcomes();
  EXPECT_EQ(refusal(none), ErrorCode::kMalformed);
  auto old = bundle();
  old.set_group_info(std::string(text_of(live_->group_info())));
  EXPECT_EQ(refusal(old), ErrorCode::kMalformed);
}

TEST_F(CommitCheck, TellsThePresentEpochToACommitOfAnother) {
  const auto stale = bundle();
  live_->accepted();
  const auto checked = check(stale);
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().code, ErrorCode::kStaleEpoch);
  EXPECT_EQ(checked.error().detail, 1u);
}

TEST_F(CommitCheck, RefusesEveryTruncationAndEveryChangedByte) {
  const auto good = bundle();
  for (std::size_t size = 0; size < good.commit().size(); ++size) {
    auto cut = good;
    cut.set_commit(good.commit().substr(0, size));
    EXPECT_FALSE(check(cut).has_value()) << size;
  }
  // The last 33 bytes are the membership tag and its length, which only members can check; of it
  // the length alone is seen.
  for (std::size_t at = 0; at + 32 < good.commit().size(); ++at) {
    auto changed = good;
    (*changed.mutable_commit())[at] = static_cast<char>(good.commit()[at] ^ 1);
    EXPECT_FALSE(check(changed).has_value()) << at;
  }
}

TEST_F(CommitCheck, AGroupBeginsWithItsCreatorAndTheRulesOfTheNode) {
  const Bytes info = live_->group_info();
  const NodeId authority = authority_.id();
  EXPECT_TRUE(check_first_group_info(live_->id(), leader(), authority, "to5", info).has_value());
  const auto refused = [&](const LogId& group, const Caller& creator, const NodeId& node,
                           std::string_view unit) {
    const auto first = check_first_group_info(group, creator, node, unit, info);
    return first ? ErrorCode{} : first.error().code;
  };
  const Caller other{joiner_->account(), joiner_->device()};
  EXPECT_EQ(refused(random_group(), leader(), authority, "to5"), ErrorCode::kMalformed);
  EXPECT_EQ(refused(live_->id(), other, authority, "to5"), ErrorCode::kUntrusted);
  EXPECT_EQ(refused(live_->id(), leader(), AuthorityPerson::make().id(), "to5"),
            ErrorCode::kUntrusted);
  EXPECT_EQ(refused(live_->id(), leader(), authority, "to6"), ErrorCode::kUntrusted);
}

TEST_F(CommitCheck, AGroupBeginsWithAKeyByWhichMembersCanComeInAgain) {
  const auto begin = [&](const std::function<void(mls::GroupInfo&)>& change) {
    auto message = mls::read_message(live_->group_info());
    auto& info = std::get<mls::GroupInfo>(message->value);
    change(info);
    info.sign(leader_->device_key);
    const Bytes bytes = mls::encode(*message);
    const auto first = check_first_group_info(live_->id(), leader(), authority_.id(), "to5", bytes);
    return first ? ErrorCode{} : first.error().code;
  };
  const auto external_pub = [](mls::GroupInfo& info) -> mls::Extension& {
    return *std::ranges::find(info.extensions,
                              static_cast<std::uint16_t>(mls::ExtensionType::kExternalPub),
                              &mls::Extension::type);
  };
  EXPECT_EQ(begin([](mls::GroupInfo&) {}), ErrorCode{});
  EXPECT_EQ(begin([&](mls::GroupInfo& info) {
              std::ranges::fill(external_pub(info).data | std::views::drop(1), 0);
            }),
            ErrorCode::kMalformed);
  EXPECT_EQ(begin([](mls::GroupInfo& info) {
              std::erase_if(info.extensions, [](const mls::Extension& e) {
                return e.type == static_cast<std::uint16_t>(mls::ExtensionType::kExternalPub);
              });
            }),
            ErrorCode::kMalformed);
}

}  // namespace
}  // namespace xom::server
