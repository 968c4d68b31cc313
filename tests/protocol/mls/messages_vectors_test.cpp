// The working group's messages.json and deserialization.json: what is read is written as the same
// bytes. The ratchet_tree field is ratchet_tree_test's.
#include "protocol/mls/framing.h"
#include "tests/protocol/mls/vectors.h"

namespace xom::mls {
namespace {

using testing::hex;

template <class T>
void same_again(const Bytes& bytes) {
  const auto value = decode<T>(bytes);
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(to_hex(encode(*value)), to_hex(bytes));
}

// A proposal without its type.
void same_proposal(ProposalType type, const Bytes& body) {
  Bytes bytes{0, static_cast<std::uint8_t>(type)};
  bytes.insert(bytes.end(), body.begin(), body.end());
  same_again<Proposal>(bytes);
}

// In the clear, as no message of this core may be; its parts are.
void same_clear_application(const Bytes& bytes) {
  EXPECT_EQ(read_message(bytes).error().code, ErrorCode::kMalformed);
  Input in(bytes);
  EXPECT_EQ(in.u32(), 0x00010001U);
  const FramedContent content = FramedContent::read(in);
  PublicMessage message{content, FramedContentAuthData::read(in, content.type()), {}};
  const ByteView tag = in.vector(32);
  message.membership_tag.assign(tag.begin(), tag.end());
  ASSERT_TRUE(in.finish());
  EXPECT_EQ(content.type(), ContentType::kApplication);
  EXPECT_EQ(to_hex(encode(Message{message})), to_hex(bytes));
}

TEST(MessagesVectors, EveryStructureIsWrittenAsItWasRead) {
  XOM_VECTORS_OR_SKIP(cases, vector_cases, "messages.json");
  for (const auto& test : cases) {
    for (const char* field :
         {"mls_welcome", "mls_group_info", "mls_key_package", "public_message_proposal",
          "public_message_commit", "private_message"}) {
      SCOPED_TRACE(field);
      same_again<Message>(hex(test, field));
    }
    same_clear_application(hex(test, "public_message_application"));
    same_again<Commit>(hex(test, "commit"));
    same_proposal(ProposalType::kAdd, hex(test, "add_proposal"));
    same_proposal(ProposalType::kUpdate, hex(test, "update_proposal"));
    same_proposal(ProposalType::kRemove, hex(test, "remove_proposal"));
    same_proposal(ProposalType::kPreSharedKey, hex(test, "pre_shared_key_proposal"));
    same_proposal(ProposalType::kReInit, hex(test, "re_init_proposal"));
    same_proposal(ProposalType::kExternalInit, hex(test, "external_init_proposal"));
    same_proposal(ProposalType::kGroupContextExtensions,
                  hex(test, "group_context_extensions_proposal"));
    const Bytes secrets = hex(test, "group_secrets");
    const auto opened = GroupSecrets::open_plaintext(secrets);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(to_hex(opened->seal_plaintext().view()), to_hex(secrets));
  }
}

TEST(MessagesVectors, LengthsAreReadAndWrittenInTheirShortestForm) {
  XOM_VECTORS_OR_SKIP(cases, vector_cases, "deserialization.json");
  for (const auto& test : cases) {
    const Bytes header = hex(test, "vlbytes_header");
    const auto length = static_cast<std::size_t>(testing::number(test, "length"));
    Bytes written;
    append_length(written, length);
    EXPECT_EQ(to_hex(written), to_hex(header));
    constexpr std::size_t kLargestTried = 1 << 20;
    if (length > kLargestTried) {
      Input in(header);
      (void)in.vector(length - 1);
      EXPECT_EQ(in.finish().error().code, ErrorCode::kTooLarge);
      continue;
    }
    Bytes bytes = header;
    bytes.resize(header.size() + length);
    Input in(bytes);
    EXPECT_EQ(in.vector(length).size(), length);
    EXPECT_TRUE(in.finish());
    if (length == 0) continue;
    Input short_of_one(bytes);
    (void)short_of_one.vector(length - 1);
    EXPECT_EQ(short_of_one.finish().error().code, ErrorCode::kTooLarge);
  }
}

}  // namespace
}  // namespace xom::mls
