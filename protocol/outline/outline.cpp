#include "protocol/outline/outline.h"

#include <algorithm>

#include "protocol/crypto/crypto.h"
#include "protocol/mls/input.h"
#include "protocol/outline/parts.h"

namespace xom::outline {

namespace {

enum class WireFormat : std::uint16_t {
  kPublicMessage = 1,
  kPrivateMessage,
  kWelcome,
  kGroupInfo,
  kKeyPackage,
};
constexpr std::uint16_t kMls10 = 1;

ContentType read_content_type(Input& in) {
  const std::uint8_t value = in.u8();
  if (value < 1 || value > 3) in.refuse(ErrorCode::kMalformed, "unknown content type");
  return static_cast<ContentType>(value);
}

void read_sender(Input& in, PublicMessage& message) {
  const std::uint8_t value = in.u8();
  if (value < 1 || value > 4) in.refuse(ErrorCode::kMalformed, "unknown sender type");
  message.sender = static_cast<SenderType>(value);
  if (message.sender == SenderType::kMember || message.sender == SenderType::kExternal) {
    message.sender_index = in.u32();
  }
}

// Section 6: FramedContent, FramedContentAuthData, membership_tag (6.2).
PublicMessage read_public(Input& in) {
  PublicMessage message;
  message.group_id = in.vector(kMaxIdentifier);
  message.epoch = Epoch{in.u64()};
  read_sender(in, message);
  message.authenticated_data = in.vector(kMaxAuthenticatedData);
  message.content_type = read_content_type(in);
  const ByteView before = in.rest();
  switch (message.content_type) {
    case ContentType::kApplication:
      message.content = in.vector(kMaxMessage);
      break;
    case ContentType::kProposal:
      (void)read_proposal(in, message.commit);
      break;
    case ContentType::kCommit:
      message.commit = read_commit(in);
      break;
  }
  if (message.content_type != ContentType::kApplication) message.content = in.since(before);
  if (message.content_type == ContentType::kProposal) message.commit = {};
  message.signature = in.vector(kMaxIdentifier);
  if (message.content_type == ContentType::kCommit)
    message.confirmation_tag = in.vector(kMaxIdentifier);
  if (message.sender == SenderType::kMember) message.membership_tag = in.vector(kMaxIdentifier);
  // Section 6.2: application data is never sent as a PublicMessage.
  if (message.content_type == ContentType::kApplication) {
    in.refuse(ErrorCode::kMalformed, "application data that is not encrypted");
  }
  return message;
}

PrivateMessage read_private(Input& in) {
  PrivateMessage message;
  message.group_id = in.vector(kMaxIdentifier);
  message.epoch = Epoch{in.u64()};
  message.content_type = read_content_type(in);
  message.authenticated_data = in.vector(kMaxAuthenticatedData);
  (void)in.vector(kMaxIdentifier);  // encrypted sender data
  (void)in.vector(kMaxMessage);     // ciphertext
  return message;
}

Welcome read_welcome_body(Input& in) {
  Welcome welcome;
  welcome.cipher_suite = in.u16();
  Input secrets(in.vector(kMaxMessage));
  while (!secrets.empty()) {
    if (welcome.new_members.size() == kMaxWelcomeSecrets) {
      secrets.refuse(ErrorCode::kTooLarge, "too many secrets in a Welcome");
      break;
    }
    welcome.new_members.push_back(secrets.vector(kMaxIdentifier));
    (void)secrets.vector(kMaxIdentifier);  // kem_output
    (void)secrets.vector(kMaxMessage);     // ciphertext
  }
  in.adopt(secrets);
  (void)in.vector(kMaxMessage);  // encrypted_group_info
  return welcome;
}

// Section 12.4.3.1: GroupContext, extensions, confirmation_tag, signer, signature.
GroupInfo read_group_info_body(Input& in) {
  GroupInfo info;
  info.version = in.u16();
  if (info.version != kMls10) in.refuse(ErrorCode::kUnsupportedVersion, "not MLS 1.0");
  info.cipher_suite = in.u16();
  info.group_id = in.vector(kMaxIdentifier);
  info.epoch = Epoch{in.u64()};
  info.tree_hash = in.vector(kMaxIdentifier);
  info.confirmed_transcript_hash = in.vector(kMaxIdentifier);
  skip_extensions(in);
  skip_extensions(in);
  info.confirmation_tag = in.vector(kMaxIdentifier);
  info.signer = in.u32();
  (void)in.vector(kMaxIdentifier);  // signature
  return info;
}

template <class T>
Result<T> expect(ByteView bytes, const char* what) {
  auto message = read_message(bytes);
  if (!message) return std::unexpected(message.error());
  if (T* value = std::get_if<T>(&*message)) return std::move(*value);
  return fail(ErrorCode::kUnknownKind, what);
}

}  // namespace

Result<Message> read_message(ByteView bytes) {
  if (bytes.size() > kMaxMessage) return fail(ErrorCode::kTooLarge, "MLS message over its limit");
  Input in(bytes);
  const std::uint16_t version = in.u16();
  const std::uint16_t format = in.u16();
  if (in.ok() && version != kMls10) return fail(ErrorCode::kUnsupportedVersion, "not MLS 1.0");
  Message message;
  switch (static_cast<WireFormat>(format)) {
    case WireFormat::kPublicMessage:
      message = read_public(in);
      break;
    case WireFormat::kPrivateMessage:
      message = read_private(in);
      break;
    case WireFormat::kWelcome:
      message = read_welcome_body(in);
      break;
    case WireFormat::kGroupInfo:
      message = read_group_info_body(in);
      break;
    case WireFormat::kKeyPackage:
      message = outline::read_key_package(in);
      break;
    default:
      in.refuse(ErrorCode::kUnknownKind, "unknown MLS wire format");
      break;
  }
  if (auto ok = in.finish(); !ok) return std::unexpected(ok.error().during("MLS message"));
  return message;
}

Result<PublicMessage> read_public_message(ByteView bytes) {
  return expect<PublicMessage>(bytes, "not a PublicMessage");
}
Result<PrivateMessage> read_private_message(ByteView bytes) {
  return expect<PrivateMessage>(bytes, "not a PrivateMessage");
}
Result<Welcome> read_welcome(ByteView bytes) { return expect<Welcome>(bytes, "not a Welcome"); }
Result<GroupInfo> read_group_info(ByteView bytes) {
  return expect<GroupInfo>(bytes, "not a GroupInfo");
}
Result<KeyPackage> read_key_package(ByteView bytes) {
  return expect<KeyPackage>(bytes, "not a KeyPackage");
}

Hash key_package_ref(const KeyPackage& key_package) {
  Bytes input;
  mls::append_vector(input, view_of("MLS 1.0 KeyPackage Reference"));
  mls::append_vector(input, key_package.encoded);
  return crypto::sha256(input);
}

}  // namespace xom::outline
