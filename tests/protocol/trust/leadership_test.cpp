#include "protocol/trust/leadership.h"

#include "protocol/trust/verified.h"
#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

Leadership sample() {
  Leadership word;
  word.issuer = key_named("ward").public_key_as<AuthorityKey>();
  word.group.bytes[0] = 7;
  word.account = Person{"new leader"}.id();
  word.from_version = 3;
  return word;
}

TEST(Leaderships, AreReadAsTheyWereSigned) {
  Leadership word = sample();
  for (const bool replaces : {false, true}) {
    if (replaces) word.replaces = Person{"old leader"}.id();
    const auto opened = open_self_signed<Leadership>(sign_value(word, key_named("ward")));
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(opened->value.account, word.account);
    EXPECT_EQ(opened->value.from_version, 3U);
    EXPECT_EQ(opened->value.replaces, word.replaces);
  }
}

TEST(Leaderships, ByAnotherKeyAreRefused) {
  const auto opened = open_self_signed<Leadership>(sign_value(sample(), key_named("node")));
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kUntrusted);
}

TEST(Leaderships, NeedAVersionAndTwoDifferentAccounts) {
  Leadership word = sample();
  word.from_version = 0;
  EXPECT_EQ(Leadership::decode_body(word.encode_body()).error().code, ErrorCode::kMalformed);
  word = sample();
  word.replaces = word.account;
  EXPECT_EQ(Leadership::decode_body(word.encode_body()).error().code, ErrorCode::kMalformed);
}

TEST(Leaderships, WithAShortAccountAreRefused) {
  Leadership word = sample();
  word.replaces = Person{"old leader"}.id();
  Bytes body = word.encode_body();
  body.pop_back();
  body[body.size() - 32] = 31;  // the length of field 5
  EXPECT_EQ(Leadership::decode_body(body).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace xom::trust::test
