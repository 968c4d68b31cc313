#include "protocol/trust/statement.h"

#include <set>

#include "protocol/codec/writer.h"
#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

TEST(Statement, EveryKindHasAContextOfItsOwn) {
  std::set<std::string_view> seen;
  for (int kind = 1; kind <= 18; ++kind) {
    const std::string_view context = context_of(static_cast<Kind>(kind));
    EXPECT_TRUE(context.starts_with("xom/1/"));
    EXPECT_EQ(context.find('\0'), context.size() - 1);
    EXPECT_TRUE(seen.insert(context).second);
  }
  EXPECT_EQ(context_of(Kind::kDeviceList), std::string_view("xom/1/device-list\0", 18));
}

TEST(Statement, SurvivesEncodingAndVerifies) {
  const Person person("a");
  const Statement statement = Statement::decode(person.list()).value();
  EXPECT_EQ(statement.encode(), person.list());
  EXPECT_TRUE(statement.verify(Kind::kDeviceList).has_value());
  EXPECT_EQ(statement.verify(Kind::kProfile).error().code, ErrorCode::kUnknownKind);
}

TEST(Statement, ASignatureOfOneKindIsWorthNothingUnderAnother) {
  const Person person("a");
  Statement statement = Statement::decode(person.list()).value();
  ASSERT_TRUE(statement.verify(Kind::kDeviceList).has_value());
  statement.kind = Kind::kProfile;
  EXPECT_EQ(statement.verify(Kind::kProfile).error().code, ErrorCode::kBadSignature);
}

TEST(Statement, WithoutSignatureNothingVerifies) {
  const Statement statement{Kind::kProfile, {1}, {}};
  EXPECT_EQ(statement.verify(Kind::kProfile).error().code, ErrorCode::kBadSignature);
}

TEST(Statement, OneBadSignatureAmongGoodOnesIsRefused) {
  const Person person("a");
  Statement statement{Kind::kProfile, {1}, {}};
  statement.sign(person.account);
  statement.sign(person.device);
  ASSERT_TRUE(statement.verify(Kind::kProfile).has_value());
  statement.signatures[1].signature.bytes[0] ^= 1;
  EXPECT_EQ(statement.verify(Kind::kProfile).error().code, ErrorCode::kBadSignature);
}

TEST(Statement, LimitsAreKept) {
  const Person person("a");
  Statement big{Kind::kProfile, Bytes(kMaxBody, 1), {}};
  big.sign(person.account);
  EXPECT_TRUE(Statement::decode(big.encode()).has_value());
  big.body.push_back(1);
  EXPECT_EQ(Statement::decode(big.encode()).error().code, ErrorCode::kTooLarge);
  Statement many{Kind::kProfile, {1}, {}};
  for (std::size_t i = 0; i < kMaxSignatures; ++i) many.sign(person.account);
  EXPECT_TRUE(Statement::decode(many.encode()).has_value());
  many.sign(person.account);
  EXPECT_EQ(Statement::decode(many.encode()).error().code, ErrorCode::kTooLarge);
}

TEST(Statement, UnknownKindsAreNamedAsSuch) {
  codec::Writer writer;
  EXPECT_EQ(Statement::decode(writer.u64(1, 21).take()).error().code, ErrorCode::kUnknownKind);
}

TEST(DeviceLists, HoldOneToEightDifferentDevices) {
  DeviceList list;
  list.account = Person("a").id();
  list.version = 1;
  EXPECT_FALSE(DeviceList::decode_body(list.encode_body()).has_value());
  for (std::uint8_t i = 0; i < 8; ++i) {
    list.devices.push_back(DeviceKey{});
    list.devices.back().bytes[0] = i;
  }
  EXPECT_TRUE(DeviceList::decode_body(list.encode_body()).has_value());
  list.devices[7] = list.devices[0];
  EXPECT_EQ(DeviceList::decode_body(list.encode_body()).error().code, ErrorCode::kMalformed);
  list.devices[7].bytes[0] = 9;
  list.devices.push_back(DeviceKey{});
  list.devices[8].bytes[0] = 10;
  EXPECT_EQ(DeviceList::decode_body(list.encode_body()).error().code, ErrorCode::kTooLarge);
}

TEST(DeviceLists, AreSignedByTheirOwnAccount) {
  const Person owner("a");
  DeviceList list;
  list.account = owner.id();
  list.version = 1;
  list.devices = {owner.device.public_key_as<DeviceKey>()};
  EXPECT_TRUE(verify_device_list(sign_value(list, owner.account)).has_value());
  EXPECT_EQ(verify_device_list(sign_value(list, owner.device)).error().code, ErrorCode::kUntrusted);
}

TEST(Profiles, RefuseNamesThatAreNotNfc) {
  Profile profile;
  profile.account = Person("a").id();
  profile.version = 1;
  profile.name = "Nguyễn Thị Ánh";
  EXPECT_TRUE(Profile::decode_body(profile.encode_body()).has_value());
  profile.name = "A\xCC\x81nh";
  EXPECT_EQ(Profile::decode_body(profile.encode_body()).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace xom::trust::test
