#include "protocol/trust/voucher.h"

#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

class Vouchers : public ::testing::Test {
 protected:
  Vouchers() {
    voucher.group.bytes[0] = 7;
    voucher.key = one_time.public_key_as<OneTimeKey>();
    voucher.household = "12/3";
    voucher.most_devices = 2;
    voucher.issued_epoch = Epoch{4};
    voucher.expires = at(60);
    voucher.inviter = leader.id();
    claim.group = voucher.group;
    claim.key_package.bytes[0] = 9;
    claim.account = resident.id();
    claim.committer_time = kNow;
  }
  [[nodiscard]] Bytes signed_voucher() const {
    return make_voucher(voucher, leader.device, leader.list());
  }
  [[nodiscard]] JoinRequest request() const {
    return {claim.group, Statement::decode(signed_voucher())->id(), claim.key_package,
            claim.account};
  }
  [[nodiscard]] ErrorCode check(const Bytes& signed_voucher, const Bytes& join_request) const {
    auto result = check_admission(signed_voucher, join_request, claim);
    return result ? ErrorCode{} : result.error().code;
  }

  Person leader{"leader"};
  Person resident{"resident"};
  Person thief{"thief"};
  crypto::SigningKey one_time = key_named("one-time");
  Voucher voucher;
  AdmissionClaim claim;
};

TEST_F(Vouchers, TheHolderOfTheOneTimeKeyIsAdmitted) {
  const auto admission =
      check_admission(signed_voucher(), make_join_request(request(), one_time), claim);
  ASSERT_TRUE(admission.has_value());
  EXPECT_EQ(admission->inviter.account, leader.id());
  EXPECT_EQ(admission->account, resident.id());
  EXPECT_EQ(admission->voucher.most_devices, 2U);
  EXPECT_EQ(admission->voucher_id, Statement::decode(signed_voucher())->id());
}

TEST_F(Vouchers, WithoutTheOneTimeKeyNobodyIs) {
  EXPECT_EQ(check(signed_voucher(), make_join_request(request(), thief.device)),
            ErrorCode::kUntrusted);
}

TEST_F(Vouchers, APairAdmitsOneKeyPackageOfOneAccountToOneGroup) {
  const Bytes good = make_join_request(request(), one_time);
  ASSERT_EQ(check(signed_voucher(), good), ErrorCode{});
  AdmissionClaim honest = claim;
  claim.key_package.bytes[1] = 1;
  EXPECT_EQ(check(signed_voucher(), good), ErrorCode::kUntrusted);
  claim = honest;
  claim.account = thief.id();
  EXPECT_EQ(check(signed_voucher(), good), ErrorCode::kUntrusted);
  claim = honest;
  claim.group.bytes[1] = 1;
  EXPECT_EQ(check(signed_voucher(), good), ErrorCode::kUntrusted);
  EXPECT_EQ(check(signed_voucher(), make_join_request(request(), one_time)), ErrorCode::kUntrusted);
}

TEST_F(Vouchers, ARequestForAnotherVoucherDoesNotFit) {
  const Bytes first = signed_voucher();
  const Bytes join = make_join_request(request(), one_time);
  voucher.household = "12/4";
  EXPECT_EQ(check(first, join), ErrorCode{});
  EXPECT_EQ(check(signed_voucher(), join), ErrorCode::kUntrusted);
}

TEST_F(Vouchers, OnlyADeviceOfTheInviterMaySign) {
  const auto with = [&](const crypto::SigningKey& key, Bytes list) {
    const Bytes forged = make_voucher(voucher, key, std::move(list));
    return check(forged, make_join_request(request(), one_time));
  };
  EXPECT_EQ(with(leader.device, leader.list()), ErrorCode{});
  EXPECT_EQ(with(thief.device, leader.list()), ErrorCode::kUntrusted);
  EXPECT_EQ(with(thief.device, thief.list()), ErrorCode::kUntrusted);
  EXPECT_EQ(with(leader.account, {}), ErrorCode::kUntrusted);
}

TEST_F(Vouchers, ExpiryIsJudgedByTheCommittersTimeAlone) {
  const Bytes join = make_join_request(request(), one_time);
  claim.committer_time = at(59);
  EXPECT_EQ(check(signed_voucher(), join), ErrorCode{});
  claim.committer_time = at(60);
  EXPECT_EQ(check(signed_voucher(), join), ErrorCode::kExpired);
}

TEST_F(Vouchers, AVoucherIsForOneToEightDevicesAndExpires) {
  for (std::uint64_t devices : {0, 9}) {
    voucher.most_devices = devices;
    EXPECT_EQ(verify_voucher(signed_voucher()).error().code, ErrorCode::kMalformed);
  }
  voucher.most_devices = 8;
  EXPECT_TRUE(verify_voucher(signed_voucher()).has_value());
  voucher.expires = TimeMs{0};
  EXPECT_EQ(verify_voucher(signed_voucher()).error().code, ErrorCode::kMalformed);
}

TEST_F(Vouchers, NoFlippedByteOfEitherAdmits) {
  const Bytes good_voucher = signed_voucher();
  const Bytes good_request = make_join_request(request(), one_time);
  for (std::size_t i = 0; i < good_voucher.size(); ++i) {
    Bytes bad = good_voucher;
    bad[i] ^= 1;
    EXPECT_NE(check(bad, good_request), ErrorCode{}) << i;
  }
  for (std::size_t i = 0; i < good_request.size(); ++i) {
    Bytes bad = good_request;
    bad[i] ^= 1;
    EXPECT_NE(check(good_voucher, bad), ErrorCode{}) << i;
  }
  EXPECT_EQ(check(good_voucher, good_request), ErrorCode{});
}

}  // namespace
}  // namespace xom::trust::test
