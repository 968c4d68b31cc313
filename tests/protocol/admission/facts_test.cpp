#include "protocol/admission/facts.h"

#include <gtest/gtest.h>

#include "protocol/admission/limits.h"

namespace xom::admission {
namespace {

template <class F>
F filled(std::uint8_t value) {
  F f;
  f.bytes.fill(value);
  return f;
}

GroupRules sample_rules() {
  GroupRules rules;
  rules.version = 3;
  rules.authority = filled<AuthorityKey>(1);
  rules.unit = "kp1/to5";
  rules.leaders = {filled<AccountKey>(2), filled<AccountKey>(3)};
  rules.revoked = {filled<StatementId>(4)};
  rules.vouchers_from_epoch = Epoch{9};
  rules.leadership_version = 2;
  rules.ended = {filled<StatementId>(5)};
  return rules;
}

CommitData sample_data() {
  CommitData data;
  data.proofs = {{{1, 2}, {3}, filled<trust::KeyPackageRef>(6)}};
  data.committer_time = TimeMs{1'700'000'000'000};
  data.seen = {Seq{12}, filled<Hash>(7)};
  data.statements = {{8}, {9, 10}};
  return data;
}

template <class T>
void expect_canonical(const T& value) {
  const Bytes bytes = value.encode();
  const auto read = T::decode(bytes);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->encode(), bytes);
  // Every proper prefix is either refused or another value with an encoding of its own.
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto part = T::decode(ByteView(bytes).first(size));
    if (!part) continue;
    EXPECT_EQ(part->encode(), Bytes(bytes.begin(), bytes.begin() + static_cast<long>(size)));
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(T::decode(longer).has_value());
}

TEST(Facts, AreReadAsTheyWereWritten) {
  expect_canonical(LeafFacts{{1, 2, 3}, filled<StatementId>(4)});
  expect_canonical(LeafFacts{{1, 2, 3}, std::nullopt});
  expect_canonical(sample_rules());
  expect_canonical(sample_data());
  expect_canonical(CommitData{});
  const auto rules = GroupRules::decode(sample_rules().encode());
  EXPECT_EQ(rules->unit, "kp1/to5");
  EXPECT_TRUE(rules->leads(filled<AccountKey>(3)));
  EXPECT_FALSE(rules->leads(filled<AccountKey>(4)));
  EXPECT_EQ(rules->leadership_version, 2U);
}

TEST(Facts, OverTheirLimitsAreRefused) {
  GroupRules many = sample_rules();
  many.leaders.assign(kMaxLeaders + 1, filled<AccountKey>(2));
  EXPECT_EQ(GroupRules::decode(many.encode()).error().code, ErrorCode::kTooLarge);
  many = sample_rules();
  many.revoked.assign(kMaxRevoked + 1, filled<StatementId>(2));
  EXPECT_EQ(GroupRules::decode(many.encode()).error().code, ErrorCode::kTooLarge);
  CommitData data = sample_data();
  data.statements.assign(kMaxAuthorityWords + 1, Bytes{1});
  EXPECT_EQ(CommitData::decode(data.encode()).error().code, ErrorCode::kTooLarge);
}

TEST(Facts, WithAShortVoucherOrHashAreRefused) {
  // Field 2, 31 bytes.
  Bytes leaf{0x12, 31};
  leaf.resize(33, 1);
  EXPECT_EQ(LeafFacts::decode(leaf).error().code, ErrorCode::kMalformed);
  // Field 3 (seen_hash), 31 bytes.
  Bytes data{0x1a, 31};
  data.resize(33, 1);
  EXPECT_EQ(CommitData::decode(data).error().code, ErrorCode::kMalformed);
  // 32 bytes, but without a number.
  data[1] = 32;
  data.push_back(1);
  EXPECT_EQ(CommitData::decode(data).error().code, ErrorCode::kMalformed);
  // Field 4 (seen_seq) without a hash.
  EXPECT_EQ(CommitData::decode(Bytes{0x20, 5}).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace xom::admission
