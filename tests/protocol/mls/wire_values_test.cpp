// Values of enumerations that the wire structures must refuse, and those that they must keep.
#include <gtest/gtest.h>

#include "tests/protocol/mls/samples.h"

namespace xom::mls {
namespace {

using namespace testing;

template <class T>
ErrorCode refusal(const Bytes& bytes) {
  const auto value = decode<T>(bytes);
  return value ? ErrorCode{} : value.error().code;
}

TEST(WireValues, UnknownOnesAreRefused) {
  EXPECT_EQ(refusal<Credential>({0, 3, 0}), ErrorCode::kUnknownKind);    // 5.3
  EXPECT_EQ(refusal<Credential>({0, 0, 0}), ErrorCode::kUnknownKind);    // reserved
  EXPECT_EQ(refusal<Proposal>({0, 8, 0}), ErrorCode::kUnknownKind);      // 12.1
  EXPECT_EQ(refusal<Proposal>({0x0A, 0x0A}), ErrorCode::kUnknownKind);   // 13.5
  EXPECT_EQ(refusal<Proposal>({0, 0, 0}), ErrorCode::kUnknownKind);      // reserved
  EXPECT_EQ(refusal<PreSharedKeyId>({0, 0, 0}), ErrorCode::kMalformed);  // 8.4
  EXPECT_EQ(refusal<PreSharedKeyId>({3, 0, 0}), ErrorCode::kMalformed);  // 8.4
  EXPECT_EQ(refusal<PreSharedKeyId>({1, 0, 0}), ErrorCode{});
  EXPECT_EQ(refusal<Sender>({0}), ErrorCode::kMalformed);  // 6
  EXPECT_EQ(refusal<Sender>({5}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal<Sender>({4}), ErrorCode{});
  EXPECT_EQ(refusal<ProposalOrRef>({0, 0}), ErrorCode::kMalformed);  // 12.4
  EXPECT_EQ(refusal<ProposalOrRef>({3, 0}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal<ProposalOrRef>({2, 1, 7}), ErrorCode::kMalformed);  // a reference of 1 byte
  EXPECT_EQ(refusal<Commit>({0, 2}), ErrorCode::kMalformed);            // 2.1.1
  for (std::uint8_t usage = 0; usage < 6; ++usage) {
    Bytes psk{2, usage, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(refusal<PreSharedKeyId>(psk),
              usage >= 1 && usage <= 3 ? ErrorCode{} : ErrorCode::kMalformed);
  }
}

TEST(WireValues, ALeafHasOneOfThreeSources) {
  LeafNode leaf = sample_leaf(LeafNodeSource::kUpdate);
  for (int source = 0; source < 256; ++source) {
    leaf.source = LeafNodeSource{static_cast<std::uint8_t>(source)};
    const bool known = source >= 1 && source <= 3;
    EXPECT_EQ(decode<LeafNode>(encode(leaf)).has_value(), known) << source;
  }
}

TEST(WireValues, AMessageNamesItsVersionAndFormat) {
  Bytes bytes = encode(Message{sample_key_package()});
  EXPECT_EQ(refusal<Message>({0, 2, 0, 5}), ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(refusal<Message>({0, 1, 0, 0}), ErrorCode::kUnknownKind);
  EXPECT_EQ(refusal<Message>({0, 1, 0, 6}), ErrorCode::kUnknownKind);
  ASSERT_TRUE(read_message(bytes));
  bytes[5] = 2;  // 10: the version inside is another one
  EXPECT_EQ(read_message(bytes).error().code, ErrorCode::kUnsupportedVersion);
}

TEST(WireValues, ContentIsOfThreeTypesAndInTheClearOfTwo) {
  auto sealed = std::get<PrivateMessage>(sample_messages()[5].value);
  for (std::uint8_t type = 0; type < 6; ++type) {
    sealed.content_type = ContentType{type};
    EXPECT_EQ(decode<PrivateMessage>(encode(sealed)).has_value(), type >= 1 && type <= 3);
  }
  const PublicMessage clear = sample_public(ContentType::kApplication);
  EXPECT_TRUE(decode<FramedContent>(encode(clear.content)));
  EXPECT_EQ(refusal<PublicMessage>(encode(clear)), ErrorCode::kMalformed);
  AuthenticatedContent content{WireFormat::kWelcome, clear.content, clear.auth};
  EXPECT_EQ(refusal<AuthenticatedContent>(encode(content)), ErrorCode::kMalformed);
  content.wire_format = WireFormat::kPublicMessage;
  EXPECT_EQ(refusal<AuthenticatedContent>(encode(content)), ErrorCode{});
}

// 13.5: where unknown values have to be kept.
TEST(WireValues, UnknownCapabilitiesAndExtensionsAreKept) {
  KeyPackage package = sample_key_package();
  Capabilities& own = package.leaf_node.capabilities;
  for (auto* list :
       {&own.versions, &own.cipher_suites, &own.extensions, &own.proposals, &own.credentials}) {
    list->push_back(0xEAEA);
  }
  package.leaf_node.extensions.push_back({0xEAEA, {1, 2}});
  package.extensions.push_back({0xEAEA, {}});
  package.leaf_node.sign(sample_key(), {});
  package.sign(sample_key());
  const auto again = decode<KeyPackage>(encode(package));
  ASSERT_TRUE(again);
  EXPECT_TRUE(*again == package);
  EXPECT_TRUE(again->check()) << again->check().error().message;
}

}  // namespace
}  // namespace xom::mls
