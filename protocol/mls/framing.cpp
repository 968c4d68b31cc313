#include "protocol/mls/framing.h"

#include "protocol/mls/fields.h"

namespace xom::mls {

namespace {

ContentType read_content_type(Input& in) {
  const ContentType type{in.u8()};
  if (type < ContentType::kApplication || type > ContentType::kCommit) {
    in.refuse(ErrorCode::kMalformed, "6: unknown type of content");
  }
  return type;
}

// What may fill a message, padding included.
Bytes read_long(Input& in) {
  const ByteView bytes = in.vector(kMaxMessageBytes);
  return {bytes.begin(), bytes.end()};
}

struct ContentWriter {
  Output& out;
  void operator()(const ApplicationData& application) const { out.vector(application.data); }
  void operator()(const Proposal& proposal) const { proposal.write(out); }
  void operator()(const Commit& commit) const { commit.write(out); }
};

}  // namespace

// 6
void Sender::write(Output& out) const {
  out.u8(raw(type));
  if (type == SenderType::kMember || type == SenderType::kExternal) out.u32(index);
}

Sender Sender::read(Input& in) {
  Sender sender;
  sender.type = SenderType{in.u8()};
  switch (sender.type) {
    case SenderType::kMember:
    case SenderType::kExternal:
      sender.index = in.u32();
      break;
    case SenderType::kNewMemberProposal:
    case SenderType::kNewMemberCommit:
      break;
    default:
      in.refuse(ErrorCode::kMalformed, "6: unknown type of sender");
  }
  return sender;
}

void FramedContent::write(Output& out) const {
  out.vector(group_id);
  out.u64(raw(epoch));
  sender.write(out);
  out.vector(authenticated_data);
  out.u8(raw(type()));
  write_selected(out);
}

void FramedContent::write_selected(Output& out) const { std::visit(ContentWriter{out}, content); }

void FramedContent::read_selected(Input& in, ContentType type) {
  switch (type) {
    case ContentType::kApplication:
      content = ApplicationData{read_long(in)};
      break;
    case ContentType::kProposal:
      content = Proposal::read(in);
      break;
    case ContentType::kCommit:
      content = Commit::read(in);
      break;
    default:
      in.refuse(ErrorCode::kMalformed, "6: unknown type of content");
  }
}

FramedContent FramedContent::read(Input& in) {
  FramedContent framed;
  framed.group_id = read_field(in);
  framed.epoch = Epoch{in.u64()};
  framed.sender = Sender::read(in);
  framed.authenticated_data = read_long(in);
  framed.read_selected(in, read_content_type(in));
  return framed;
}

// 6.1
void FramedContentAuthData::write(Output& out, ContentType type) const {
  out.vector(signature);
  if (type == ContentType::kCommit) out.vector(confirmation_tag);
}

FramedContentAuthData FramedContentAuthData::read(Input& in, ContentType type) {
  FramedContentAuthData auth;
  auth.signature = read_field(in);
  if (type == ContentType::kCommit) auth.confirmation_tag = read_field(in);
  return auth;
}

void AuthenticatedContent::write(Output& out) const {
  out.u16(raw(wire_format));
  content.write(out);
  auth.write(out, content.type());
}

AuthenticatedContent AuthenticatedContent::read(Input& in) {
  AuthenticatedContent authenticated;
  authenticated.wire_format = WireFormat{in.u16()};
  if (authenticated.wire_format != WireFormat::kPublicMessage &&
      authenticated.wire_format != WireFormat::kPrivateMessage) {
    in.refuse(ErrorCode::kMalformed, "6.1: neither a public nor a private message");
  }
  authenticated.content = FramedContent::read(in);
  authenticated.auth = FramedContentAuthData::read(in, authenticated.content.type());
  return authenticated;
}

// 6.2
void PublicMessage::write(Output& out) const {
  content.write(out);
  auth.write(out, content.type());
  if (content.sender.type == SenderType::kMember) out.vector(membership_tag);
}

PublicMessage PublicMessage::read(Input& in) {
  PublicMessage message;
  message.content = FramedContent::read(in);
  // 6: application data is always encrypted.
  if (message.content.type() == ContentType::kApplication) {
    in.refuse(ErrorCode::kMalformed, "6: application data in the clear");
  }
  message.auth = FramedContentAuthData::read(in, message.content.type());
  if (message.content.sender.type == SenderType::kMember) message.membership_tag = read_field(in);
  return message;
}

// 6.3
void PrivateMessage::write(Output& out) const {
  out.vector(group_id);
  out.u64(raw(epoch));
  out.u8(raw(content_type));
  out.vector(authenticated_data);
  out.vector(encrypted_sender_data);
  out.vector(ciphertext);
}

PrivateMessage PrivateMessage::read(Input& in) {
  PrivateMessage message;
  message.group_id = read_field(in);
  message.epoch = Epoch{in.u64()};
  message.content_type = read_content_type(in);
  message.authenticated_data = read_long(in);
  message.encrypted_sender_data = read_field(in);
  message.ciphertext = read_long(in);
  return message;
}

// 6, MLSMessage
void Message::write(Output& out) const {
  out.u16(kProtocolMls10);
  out.u16(raw(wire_format()));
  std::visit([&out](const auto& message) { message.write(out); }, value);
}

Message Message::read(Input& in) {
  if (in.u16() != kProtocolMls10) {
    in.refuse(ErrorCode::kUnsupportedVersion, "6: another version of the protocol");
  }
  switch (WireFormat{in.u16()}) {
    case WireFormat::kPublicMessage:
      return {PublicMessage::read(in)};
    case WireFormat::kPrivateMessage:
      return {PrivateMessage::read(in)};
    case WireFormat::kWelcome:
      return {Welcome::read(in)};
    case WireFormat::kGroupInfo:
      return {GroupInfo::read(in)};
    case WireFormat::kKeyPackage: {
      KeyPackage package = KeyPackage::read(in);
      // 10: the same version inside.
      if (package.version != kProtocolMls10) {
        in.refuse(ErrorCode::kUnsupportedVersion, "10: a key package of another version");
      }
      return {std::move(package)};
    }
    default:
      in.refuse(ErrorCode::kUnknownKind, "6: unknown wire format");
      return {PrivateMessage{}};
  }
}

Result<Message> read_message(ByteView bytes) {
  if (bytes.size() > kMaxMessageBytes) return fail(ErrorCode::kTooLarge, "6: message too large");
  return decode<Message>(bytes);
}

}  // namespace xom::mls
