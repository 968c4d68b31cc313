#include "server/hub/frame.h"

namespace xom::server {

namespace {

constexpr std::uint8_t kWholeBinary = 0x82;

std::size_t header_size(std::size_t message) {
  return message < 126 ? 2 : message < 65536 ? 4 : 10;
}

}  // namespace

Frame::Frame(const wire::ServerFrame& frame) {
  const std::size_t size = frame.ByteSizeLong();
  header_ = header_size(size);
  bytes_.resize(header_ + size);
  bytes_[0] = kWholeBinary;
  if (header_ == 2) {
    bytes_[1] = static_cast<std::uint8_t>(size);
  } else {
    bytes_[1] = header_ == 4 ? 126 : 127;
    for (std::size_t i = 2; i < header_; ++i)
      bytes_[i] = static_cast<std::uint8_t>(size >> 8 * (header_ - 1 - i));
  }
  frame.SerializeWithCachedSizesToArray(bytes_.data() + header_);
}

SharedFrame encode_frame(const wire::ServerFrame& frame) {
  return std::make_shared<const Frame>(frame);
}

}  // namespace xom::server
