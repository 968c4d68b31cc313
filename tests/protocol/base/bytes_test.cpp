#include "protocol/base/bytes.h"

#include <gtest/gtest.h>

namespace xom {
namespace {

TEST(Bytes, HexGoesBothWays) {
  const Bytes bytes{0x00, 0x9f, 0xff};
  EXPECT_EQ(to_hex(bytes), "009fff");
  EXPECT_EQ(from_hex("009FfF").value(), bytes);
}

TEST(Bytes, HexRefusesOddLengthAndOtherCharacters) {
  EXPECT_EQ(from_hex("0").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(from_hex("0g").error().code, ErrorCode::kMalformed);
}

TEST(Bytes, FixedValuesDemandTheirExactLength) {
  EXPECT_TRUE(Hash::from(Bytes(32)).has_value());
  EXPECT_EQ(Hash::from(Bytes(31)).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(Hash::from(Bytes(33)).error().code, ErrorCode::kMalformed);
}

TEST(Error, KeepsItsCodeWhileItGainsContext) {
  const Error error = Error{ErrorCode::kSpent, "used", 7}.during("voucher");
  EXPECT_EQ(error.code, ErrorCode::kSpent);
  EXPECT_EQ(error.message, "voucher: used");
  EXPECT_EQ(error.detail, 7U);
}

}  // namespace
}  // namespace xom
