#include "protocol/trust/refusal.h"

#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

const crypto::SigningKey& device() {
  static const auto key = key_named("device");
  return key;
}

Refusal sample() {
  Refusal refusal;
  refusal.group.bytes[0] = 7;
  refusal.epoch = Epoch{41};
  refusal.commit.bytes[31] = 9;
  refusal.reason = RefusalReason::kAgainstTheRules;
  return refusal;
}

TEST(Refusals, AreReadAsTheyWereSigned) {
  const auto read =
      verify_refusal(sign_value(sample(), device()), device().public_key_as<DeviceKey>());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->group, sample().group);
  EXPECT_EQ(read->epoch, Epoch{41});
  EXPECT_EQ(read->commit, sample().commit);
  EXPECT_EQ(read->reason, RefusalReason::kAgainstTheRules);
}

TEST(Refusals, ByAnotherDeviceOrThroughAListAreRefused) {
  const auto other = key_named("another device").public_key_as<DeviceKey>();
  const auto read = verify_refusal(sign_value(sample(), device()), other);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kUntrusted);
}

TEST(Refusals, NeedAReasonAndAWholeHash) {
  Bytes body = sample().encode_body();
  body.back() = 3;  // no such reason
  EXPECT_EQ(Refusal::decode_body(body).error().code, ErrorCode::kMalformed);
  body = sample().encode_body();
  body.resize(body.size() - 2);  // no reason at all
  EXPECT_EQ(Refusal::decode_body(body).error().code, ErrorCode::kMalformed);
  body.pop_back();  // a hash of 31 bytes
  EXPECT_FALSE(Refusal::decode_body(body).has_value());
}

}  // namespace
}  // namespace xom::trust::test
