#include "server/groups/commit_check.h"

#include <gtest/gtest.h>

#include "tests/support/fake_mls.h"
#include "tests/support/member.h"

namespace xom::server {
namespace {

using namespace xom::test;

class CommitCheck : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::initialise());
    group_ = random_group();
    leader_.emplace(Person::make());
    joiner_.emplace(Person::make());
    roster_.members.push_back(Member{leader_->device(), leader_->account(), 0, {}, std::nullopt});
    invited_.emplace(invite(*leader_, group_, TimeMs{raw(now_ms()) + 60'000}));
    key_package_ = fake_key_package(joiner_->device(), joiner_->account());
    request_ = join_request(*invited_, group_, *joiner_, key_package_);
  }
  wire::CommitBundle bundle(std::uint32_t sender = 0) {
    return commit_frame(group_, EntryId{1}, Epoch{0}, sender,
                        Addition{&*joiner_, key_package_, invited_->voucher, request_})
        .commit();
  }
  Result<CheckedCommit> check(const wire::CommitBundle& bundle) {
    return check_commit(group_, roster_, Caller{leader_->account(), leader_->device()}, bundle);
  }
  ErrorCode refusal(const wire::CommitBundle& bundle) {
    auto checked = check(bundle);
    EXPECT_FALSE(checked.has_value());
    return checked ? ErrorCode{} : checked.error().code;
  }

  LogId group_;
  Roster roster_;
  std::optional<Person> leader_, joiner_;
  std::optional<Invited> invited_;
  Bytes key_package_, request_;
};

TEST_F(CommitCheck, TakesAnAddWithItsVoucher) {
  auto checked = check(bundle());
  ASSERT_TRUE(checked.has_value()) << checked.error().message;
  ASSERT_EQ(checked->added.size(), 1u);
  EXPECT_EQ(checked->added[0].member.device, joiner_->device());
  EXPECT_EQ(checked->added[0].member.leaf, 1u);
  EXPECT_EQ(checked->added[0].most_devices, 1u);
}

TEST_F(CommitCheck, RefusesAnotherSender) {
  EXPECT_EQ(refusal(bundle(1)), ErrorCode::kNotPermitted);
}

TEST_F(CommitCheck, RefusesAnAddWithoutAVoucher) {
  auto bad = bundle();
  const Bytes commit = fake_commit(group_, Epoch{0}, 0, {}, {key_package_});
  bad.set_commit(std::string(text_of(commit)));
  EXPECT_EQ(refusal(bad), ErrorCode::kUntrusted);
}

TEST_F(CommitCheck, RefusesAVoucherOfSomebodyOutsideTheGroup) {
  const Person stranger = Person::make();
  invited_.emplace(invite(stranger, group_, TimeMs{raw(now_ms()) + 60'000}));
  request_ = join_request(*invited_, group_, *joiner_, key_package_);
  EXPECT_EQ(refusal(bundle()), ErrorCode::kUntrusted);
}

TEST_F(CommitCheck, RefusesAnExpiredVoucher) {
  invited_.emplace(invite(*leader_, group_, TimeMs{raw(now_ms()) - 1000}));
  request_ = join_request(*invited_, group_, *joiner_, key_package_);
  EXPECT_EQ(refusal(bundle()), ErrorCode::kExpired);
}

TEST_F(CommitCheck, RefusesAVoucherSignedForAnotherKeyPackage) {
  key_package_ = fake_key_package(joiner_->device(), Person::make().account());
  EXPECT_NE(refusal(bundle()), ErrorCode{});
}

TEST_F(CommitCheck, RefusesABundleWithoutItsWelcomeOrWithAGroupInfoOfAnotherEpoch) {
  auto none = bundle();
  none.clear_welcomes();
  EXPECT_EQ(refusal(none), ErrorCode::kMalformed);
  auto old = bundle();
  old.set_group_info(std::string(text_of(fake_group_info(group_, Epoch{0}))));
  EXPECT_EQ(refusal(old), ErrorCode::kMalformed);
}

TEST_F(CommitCheck, RefusesEveryTruncation) {
  const auto good = bundle();
  for (std::size_t size = 0; size < good.commit().size(); ++size) {
    auto cut = good;
    cut.set_commit(good.commit().substr(0, size));
    EXPECT_FALSE(check(cut).has_value()) << size;
  }
}

}  // namespace
}  // namespace xom::server
