#include "protocol/mls/output.h"

#include <algorithm>

namespace xom::mls {

namespace {

// Fills `out`, of size_of_length() bytes.
void write_length(std::span<std::uint8_t> out, std::size_t length) {
  for (std::size_t i = out.size(), value = length; i-- > 0; value >>= 8) {
    out[i] = static_cast<std::uint8_t>(value);
  }
  // 2.1.2: the first two bits tell how many bytes follow.
  if (out.size() == 2) out[0] |= 0x40;
  if (out.size() == 4) out[0] |= 0x80;
}

}  // namespace

void append_length(Bytes& out, std::size_t length) {
  std::array<std::uint8_t, 4> bytes{};
  const std::size_t size = size_of_length(length);
  write_length(std::span(bytes).first(size), length);
  out.insert(out.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
}

void append_vector(Bytes& out, ByteView bytes) {
  append_length(out, bytes.size());
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void Output::number(std::uint64_t value, std::size_t size) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(value >> 8 * (size - 1 - i));
  raw(ByteView(bytes).first(size));
}

Output::Open Output::begin_vector(std::size_t expected) {
  const std::size_t start = out_.size();
  out_.resize(start + size_of_length(expected));
  return {start, out_.size()};
}

std::size_t Output::end_vector(Open open) {
  const std::size_t length = out_.size() - open.content;
  const std::size_t room = open.content - open.start;
  const std::size_t needed = size_of_length(length);
  const auto content = out_.begin() + static_cast<std::ptrdiff_t>(open.content);
  if (needed > room) {
    out_.insert(content, needed - room, 0);
  } else {
    out_.erase(content - static_cast<std::ptrdiff_t>(room - needed), content);
  }
  write_length(std::span(out_).subspan(open.start, needed), length);
  return open.start + needed;
}

}  // namespace xom::mls
