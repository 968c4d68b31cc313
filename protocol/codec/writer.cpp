#include "protocol/codec/writer.h"

namespace xom::codec {

namespace {
constexpr std::uint64_t kVarint = 0;
constexpr std::uint64_t kDelimited = 2;
}  // namespace

void Writer::varint(std::uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<std::uint8_t>(value));
}

Writer& Writer::u64(std::uint32_t field, std::uint64_t value) {
  if (value == 0) return *this;
  varint(std::uint64_t{field} << 3 | kVarint);
  varint(value);
  return *this;
}

Writer& Writer::bytes(std::uint32_t field, ByteView value) {
  return value.empty() ? *this : element(field, value);
}

Writer& Writer::element(std::uint32_t field, ByteView value) {
  varint(std::uint64_t{field} << 3 | kDelimited);
  varint(value.size());
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

}  // namespace xom::codec
