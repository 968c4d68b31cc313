#include "protocol/mls/input.h"

namespace xom::mls {

void Input::refuse(ErrorCode code, const char* message) {
  if (!error_) error_ = Error{code, message};
}

std::uint64_t Input::number(std::size_t size) {
  if (error_) return 0;
  if (rest_.size() < size) {
    refuse(ErrorCode::kMalformed, "cut off");
    return 0;
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | rest_[i];
  rest_ = rest_.subspan(size);
  return value;
}

std::uint64_t Input::length() {
  if (error_ || rest_.empty()) {
    refuse(ErrorCode::kMalformed, "cut off");
    return 0;
  }
  switch (rest_[0] >> 6) {
    case 0:
      return number(1);
    case 1: {
      const std::uint64_t value = number(2) & 0x3FFF;
      if (value < 0x40) refuse(ErrorCode::kMalformed, "length not in its shortest form");
      return value;
    }
    case 2: {
      const std::uint64_t value = number(4) & 0x3FFFFFFF;
      if (value < 0x4000) refuse(ErrorCode::kMalformed, "length not in its shortest form");
      return value;
    }
    default:
      refuse(ErrorCode::kMalformed, "invalid length");
      return 0;
  }
}

ByteView Input::vector(std::size_t max) {
  const std::uint64_t size = length();
  if (error_) return {};
  if (size > max) {
    refuse(ErrorCode::kTooLarge, "field over its limit");
    return {};
  }
  if (size > rest_.size()) {
    refuse(ErrorCode::kMalformed, "cut off");
    return {};
  }
  const ByteView value = rest_.first(static_cast<std::size_t>(size));
  rest_ = rest_.subspan(static_cast<std::size_t>(size));
  return value;
}

void Input::adopt(Input& part) {
  if (auto ok = part.finish(); !ok && !error_) error_ = ok.error();
}

Result<void> Input::finish() {
  if (!error_ && !rest_.empty()) error_ = Error{ErrorCode::kMalformed, "bytes left over"};
  if (error_) return std::unexpected(*error_);
  return {};
}

}  // namespace xom::mls
