// What the node looks at in an application message before it orders it: framing and addressee
// (RFC 9420, 6.3), read without copies. Nothing is decrypted or verified here.
#pragma once

#include "protocol/mls/framing.h"

namespace xom::outline {

using mls::ContentType;

inline constexpr std::size_t kMaxIdentifier = 256;  // bytes of a group id, of sealed sender data
inline constexpr std::size_t kMaxAuthenticatedData = 64 * 1024;  // bytes

// Views point into what was read, which must outlive them.
struct PrivateMessage {
  ByteView group_id;
  Epoch epoch{0};
  ContentType content_type{};
  ByteView authenticated_data;
};

// One MLSMessage of version mls10 that fills `bytes` exactly. kMalformed; kTooLarge (over
// mls::kMaxMessageBytes, or a field over its limit); kUnsupportedVersion; kUnknownKind: no
// PrivateMessage.
[[nodiscard]] Result<PrivateMessage> read_private_message(ByteView bytes);

}  // namespace xom::outline
