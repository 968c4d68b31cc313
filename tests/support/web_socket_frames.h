// WebSocket frames as a node writes them (RFC 6455, 5.2), taken apart again.
#pragma once

#include "protocol/base/bytes.h"

namespace xom::test {

// The header's size in a whole, unmasked frame; 0 if there is none.
inline std::size_t frame_header_size(ByteView frame) {
  if (frame.size() < 2) return 0;
  const std::size_t header = frame[1] < 126 ? 2 : frame[1] == 126 ? 4 : 10;
  return frame.size() < header ? 0 : header;
}

// The message in one whole frame.
inline Bytes message_in_frame(ByteView frame) {
  const ByteView message = frame.subspan(frame_header_size(frame));
  return Bytes(message.begin(), message.end());
}

}  // namespace xom::test
