#include "protocol/outline/outline.h"

#include <gtest/gtest.h>

#include "protocol/mls/limits.h"
#include "tests/protocol/mls/vectors.h"

namespace xom::outline {
namespace {

using mls::ContentType;
using mls::encode;

mls::PrivateMessage sample() {
  return {Bytes(32, 0xC0), Epoch{9},        ContentType::kApplication,
          Bytes(10, 0xC1), Bytes(28, 0xC2), Bytes(200, 0xC3)};
}
Bytes bytes_of(mls::PrivateMessage message) { return encode(mls::Message{std::move(message)}); }
ErrorCode refusal(const Bytes& bytes) {
  const auto message = read_private_message(bytes);
  return message ? ErrorCode{} : message.error().code;
}

TEST(Outline, AnApplicationMessageShowsWhereItBelongs) {
  const Bytes bytes = bytes_of(sample());
  const auto message = read_private_message(bytes);
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(to_hex(message->group_id), to_hex(sample().group_id));
  EXPECT_EQ(raw(message->epoch), 9U);
  EXPECT_EQ(message->content_type, ContentType::kApplication);
  EXPECT_EQ(to_hex(message->authenticated_data), to_hex(sample().authenticated_data));
}

TEST(Outline, BytesLeftOverOrMissingAreRefused) {
  Bytes bytes = bytes_of(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_private_message(ByteView(bytes).first(size))) << size;
  }
  bytes.push_back(0);
  EXPECT_EQ(refusal(bytes), ErrorCode::kMalformed);
}

TEST(Outline, EveryLimitIsKept) {
  const auto with = [](auto field, std::size_t size) {
    mls::PrivateMessage message = sample();
    message.*field = Bytes(size, 1);
    return refusal(bytes_of(message));
  };
  using M = mls::PrivateMessage;
  for (auto field : {&M::group_id, &M::encrypted_sender_data}) {
    EXPECT_EQ(with(field, kMaxIdentifier), ErrorCode{});
    EXPECT_EQ(with(field, kMaxIdentifier + 1), ErrorCode::kTooLarge);
  }
  EXPECT_EQ(with(&M::authenticated_data, kMaxAuthenticatedData), ErrorCode{});
  EXPECT_EQ(with(&M::authenticated_data, kMaxAuthenticatedData + 1), ErrorCode::kTooLarge);
  constexpr std::size_t kRest = 90;  // everything but the ciphertext, whose length takes 4 bytes
  ASSERT_EQ(bytes_of(sample()).size(), kRest + 200 - 2);
  EXPECT_EQ(with(&M::ciphertext, mls::kMaxMessageBytes - kRest), ErrorCode{});
  EXPECT_EQ(with(&M::ciphertext, mls::kMaxMessageBytes - kRest + 1), ErrorCode::kTooLarge);
}

TEST(Outline, UnknownValuesAreRefused) {
  const auto changed = [](std::size_t at, std::uint8_t value) {
    Bytes bytes = bytes_of(sample());
    bytes[at] = value;
    return refusal(bytes);
  };
  EXPECT_EQ(changed(1, 2), ErrorCode::kUnsupportedVersion);
  for (std::uint8_t format : {0, 1, 3, 4, 5, 6}) {
    EXPECT_EQ(changed(3, format), ErrorCode::kUnknownKind);
  }
  constexpr std::size_t kContentType = 4 + 33 + 8;
  EXPECT_EQ(changed(kContentType, 1), ErrorCode{});
  EXPECT_EQ(changed(kContentType, 0), ErrorCode::kMalformed);
  EXPECT_EQ(changed(kContentType, 4), ErrorCode::kMalformed);
}

TEST(Outline, TheWorkingGroupsMessagesAreReadOrNamedAsAnotherKind) {
  XOM_VECTORS_OR_SKIP(cases, vector_cases, "messages.json");
  for (const auto& test : cases) {
    const Bytes sealed = mls::testing::hex(test, "private_message");
    EXPECT_TRUE(read_private_message(sealed));
    for (const char* other : {"mls_welcome", "mls_group_info", "mls_key_package",
                              "public_message_proposal", "public_message_commit"}) {
      EXPECT_EQ(refusal(mls::testing::hex(test, other)), ErrorCode::kUnknownKind) << other;
    }
  }
}

}  // namespace
}  // namespace xom::outline
