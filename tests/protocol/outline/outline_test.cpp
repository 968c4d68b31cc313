#include "protocol/outline/outline.h"

#include <gtest/gtest.h>

#include "protocol/crypto/crypto.h"
#include "protocol/mls/input.h"

namespace xom::outline {

using mls::append_vector;
using mls::Input;
namespace {

// Builds messages by hand, so that each field can be made wrong.
class Maker {
 public:
  Maker& number(std::uint64_t value, std::size_t size) {
    for (std::size_t i = size; i-- > 0;)
      out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    return *this;
  }
  Maker& vector(std::size_t size, std::uint8_t fill) {
    append_vector(out_, Bytes(size, fill));
    return *this;
  }
  Maker& vector(const Bytes& bytes) {
    append_vector(out_, bytes);
    return *this;
  }
  Maker& raw(const Bytes& bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

Bytes key_package(std::uint8_t fill, std::size_t identity = 32) {
  Maker m;
  m.number(1, 2).number(kCipherSuite, 2).vector(32, 0xA0);  // version, suite, init key
  m.vector(32, 0xA1).vector(32, fill).number(1, 2).vector(identity,
                                                          0xA3);  // leaf: keys, credential
  for (int i = 0; i < 5; ++i) m.vector(2, 0);                     // capabilities
  m.number(1, 1).number(100, 8).number(200, 8);                   // lifetime
  return m.vector(0, 0).vector(64, 0xA4).vector(0, 0).vector(64, 0xA5).take();
}

struct Shape {
  std::size_t group = 32;
  std::size_t data = 10;
  std::size_t adds = 1;
  std::uint8_t path = 0;
  std::uint8_t content_type = 3;
  std::uint8_t sender = 1;
};

Bytes commit(const Shape& shape = {}) {
  Maker proposals;
  for (std::size_t i = 0; i < shape.adds; ++i)
    proposals.number(1, 1).number(1, 2).raw(key_package(7));
  proposals.number(1, 1).number(3, 2).number(42, 4);  // Remove(42)
  proposals.number(2, 1).vector(32, 0xB0);            // by reference
  Maker m;
  m.number(1, 2).number(1, 2).vector(shape.group, 0xC0).number(9, 8);
  m.number(shape.sender, 1).number(5, 4).vector(shape.data, 0xC1).number(shape.content_type, 1);
  m.vector(proposals.take()).number(shape.path, 1);
  return m.vector(64, 0xC2).vector(32, 0xC3).vector(32, 0xC4).take();
}

TEST(Framing, ACommitShowsWhatADeliveryServiceMayCheck) {
  const Bytes bytes = commit();
  const auto message = read_public_message(bytes);
  ASSERT_TRUE(message.has_value()) << message.error().message;
  EXPECT_EQ(message->group_id.size(), 32U);
  EXPECT_EQ(raw(message->epoch), 9U);
  EXPECT_EQ(message->sender, SenderType::kMember);
  EXPECT_EQ(message->sender_index, 5U);
  EXPECT_EQ(message->authenticated_data.size(), 10U);
  EXPECT_EQ(message->commit.proposals.size(), 3U);
  EXPECT_TRUE(message->commit.proposals[2].by_reference);
  ASSERT_EQ(message->commit.adds.size(), 1U);
  EXPECT_EQ(message->commit.adds[0].signature_key[0], 7);
  EXPECT_EQ(message->commit.adds[0].identity.size(), 32U);
  EXPECT_EQ(message->commit.adds[0].not_after, 200U);
  EXPECT_EQ(message->commit.removes, std::vector<std::uint32_t>{42});
  EXPECT_FALSE(message->commit.has_path);
  EXPECT_EQ(message->signature.size(), 64U);
}

TEST(Framing, BytesLeftOverOrMissingAreRefused) {
  Bytes bytes = commit();
  ASSERT_TRUE(read_message(bytes).has_value());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_message(ByteView(bytes).first(size)).has_value()) << size;
  }
  bytes.push_back(0);
  EXPECT_EQ(read_message(bytes).error().code, ErrorCode::kMalformed);
}

TEST(Framing, EveryLimitIsKept) {
  EXPECT_TRUE(read_message(commit({.group = kMaxIdentifier})).has_value());
  EXPECT_EQ(read_message(commit({.group = kMaxIdentifier + 1})).error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(read_message(commit({.data = kMaxAuthenticatedData})).has_value());
  EXPECT_EQ(read_message(commit({.data = kMaxAuthenticatedData + 1})).error().code,
            ErrorCode::kTooLarge);
  EXPECT_TRUE(read_message(commit({.adds = kMaxProposals - 2})).has_value());
  EXPECT_EQ(read_message(commit({.adds = kMaxProposals - 1})).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(read_message(Bytes(kMaxMessage + 1)).error().code, ErrorCode::kTooLarge);
}

TEST(Framing, UnknownValuesAreRefused) {
  EXPECT_FALSE(read_message(commit({.path = 2})).has_value());
  EXPECT_FALSE(read_message(commit({.content_type = 4})).has_value());
  EXPECT_FALSE(read_message(commit({.sender = 5})).has_value());
  EXPECT_FALSE(read_message(commit({.sender = 0})).has_value());
  Bytes version = commit();
  version[1] = 2;
  EXPECT_EQ(read_message(version).error().code, ErrorCode::kUnsupportedVersion);
  Bytes format = commit();
  format[3] = 6;
  EXPECT_EQ(read_message(format).error().code, ErrorCode::kUnknownKind);
}

TEST(Framing, LengthsHaveOneFormOnly) {
  const Bytes good{0x01, 0xAA};
  Input one(good);
  EXPECT_EQ(one.vector(8).size(), 1U);
  EXPECT_TRUE(one.finish().has_value());
  for (const Bytes& bad :
       {Bytes{0x40, 0x01, 0xAA}, Bytes{0x80, 0, 0, 0x01, 0xAA}, Bytes{0xC0, 0xAA}}) {
    Input in(bad);
    (void)in.vector(8);
    EXPECT_EQ(in.finish().error().code, ErrorCode::kMalformed);
  }
}

TEST(Framing, KeyPackagesHaveTheReferenceOfTheirBytes) {
  const Bytes inner = key_package(7);
  const Bytes bytes = Maker().number(1, 2).number(5, 2).raw(inner).take();
  const auto package = read_key_package(bytes);
  ASSERT_TRUE(package.has_value());
  EXPECT_EQ(Bytes(package->encoded.begin(), package->encoded.end()), inner);
  Bytes hashed;
  append_vector(hashed, view_of("MLS 1.0 KeyPackage Reference"));
  append_vector(hashed, inner);
  EXPECT_EQ(key_package_ref(*package), crypto::sha256(hashed));
  const Bytes other = Maker().number(1, 2).number(5, 2).raw(key_package(8)).take();
  EXPECT_NE(key_package_ref(*read_key_package(other)), key_package_ref(*package));
}

}  // namespace
}  // namespace xom::outline
