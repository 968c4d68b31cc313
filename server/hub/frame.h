// A frame for clients, encoded once and shared by all who are sent it: the message, and before it
// its header on a WebSocket (RFC 6455, 5.2: binary, whole, not masked).
#pragma once

#include <memory>

#include "client.pb.h"
#include "protocol/base/bytes.h"

namespace xom::server {

class Frame {
 public:
  explicit Frame(const wire::ServerFrame& frame);

  [[nodiscard]] ByteView message() const { return ByteView(bytes_).subspan(header_); }
  [[nodiscard]] ByteView framed() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  std::size_t header_;
  Bytes bytes_;
};

using SharedFrame = std::shared_ptr<const Frame>;

[[nodiscard]] SharedFrame encode_frame(const wire::ServerFrame& frame);

}  // namespace xom::server
