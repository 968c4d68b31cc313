#include "protocol/outline/outline.h"

#include "protocol/mls/limits.h"

namespace xom::outline {

namespace {

ContentType read_content_type(mls::Input& in) {
  const ContentType type{in.u8()};
  if (type < ContentType::kApplication || type > ContentType::kCommit) {
    in.refuse(ErrorCode::kMalformed, "6: unknown type of content");
  }
  return type;
}

}  // namespace

Result<PrivateMessage> read_private_message(ByteView bytes) {
  if (bytes.size() > mls::kMaxMessageBytes) {
    return fail(ErrorCode::kTooLarge, "6: message too large");
  }
  mls::Input in(bytes);
  const std::uint16_t version = in.u16();
  const mls::WireFormat format{in.u16()};
  if (in.ok() && version != mls::kProtocolMls10) {
    return fail(ErrorCode::kUnsupportedVersion, "6: another version of the protocol");
  }
  if (in.ok() && format != mls::WireFormat::kPrivateMessage) {
    return fail(ErrorCode::kUnknownKind, "6: no PrivateMessage");
  }
  PrivateMessage message;
  message.group_id = in.vector(kMaxIdentifier);
  message.epoch = Epoch{in.u64()};
  message.content_type = read_content_type(in);
  message.authenticated_data = in.vector(kMaxAuthenticatedData);
  (void)in.vector(kMaxIdentifier);         // encrypted sender data
  (void)in.vector(mls::kMaxMessageBytes);  // ciphertext
  if (auto ok = in.finish(); !ok) return std::unexpected(ok.error().during("MLS message"));
  return message;
}

}  // namespace xom::outline
