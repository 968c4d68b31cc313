#include "protocol/codec/reader.h"

#include <limits>

namespace xom::codec {

namespace {
constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kDelimited = 2;

// Length of the shortest varint of `value`.
std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}
}  // namespace

void Reader::refuse(ErrorCode code, const char* message) {
  if (!error_) error_ = Error{code, message};
}

Result<void> Reader::finish() {
  if (!error_ && !rest_.empty()) {
    error_ = Error{ErrorCode::kMalformed, "unknown, repeated or misplaced field"};
  }
  if (error_) return std::unexpected(*error_);
  return {};
}

std::optional<std::uint64_t> Reader::varint() {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < rest_.size() && i < 10; ++i) {
    const std::uint8_t byte = rest_[i];
    if (i == 9 && byte > 1) break;
    value |= std::uint64_t{byte & 0x7FU} << (7 * i);
    if ((byte & 0x80) == 0) {
      if (i > 0 && byte == 0) break;  // a longer form of a smaller number
      rest_ = rest_.subspan(i + 1);
      return value;
    }
  }
  refuse(ErrorCode::kMalformed, "bad varint");
  return std::nullopt;
}

// Is the next field this one? Consumes its tag if so.
bool Reader::at(std::uint32_t field, std::uint32_t wire_type) {
  if (error_ || rest_.empty()) return false;
  const ByteView before = rest_;
  const auto tag = varint();
  if (!tag) return false;
  if (*tag >> 3 != field) {
    rest_ = before;
    return false;
  }
  if ((*tag & 7) != wire_type) {
    refuse(ErrorCode::kMalformed, "wrong wire type");
    return false;
  }
  return true;
}

std::uint64_t Reader::u64(std::uint32_t field) {
  if (!at(field, kVarint)) return 0;
  const auto value = varint();
  if (!value) return 0;
  if (*value == 0) refuse(ErrorCode::kMalformed, "default value written out");
  return *value;
}

std::uint32_t Reader::u32(std::uint32_t field) {
  const std::uint64_t value = u64(field);
  if (value > std::numeric_limits<std::uint32_t>::max()) {
    refuse(ErrorCode::kMalformed, "number out of range");
    return 0;
  }
  return static_cast<std::uint32_t>(value);
}

bool Reader::boolean(std::uint32_t field) {
  const std::uint64_t value = u64(field);
  if (value > 1) refuse(ErrorCode::kMalformed, "not a truth value");
  return value == 1;
}

TimeMs Reader::time(std::uint32_t field) {
  const std::uint64_t value = u64(field);
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    refuse(ErrorCode::kMalformed, "negative time");
    return TimeMs{0};
  }
  return TimeMs{static_cast<std::int64_t>(value)};
}

std::uint64_t Reader::enumeration_value(std::uint32_t field, std::uint64_t last) {
  const std::uint64_t value = u64(field);
  if (value == 0 || value > last) {
    refuse(ErrorCode::kMalformed, "missing or unknown value of an enumeration");
    return last;
  }
  return value;
}

std::optional<ByteView> Reader::delimited(std::uint32_t field, std::size_t max) {
  if (!at(field, kDelimited)) return std::nullopt;
  const std::size_t present = rest_.size();
  const auto size = varint();
  if (!size) return std::nullopt;
  if (*size > max) {
    refuse(ErrorCode::kTooLarge, "field over its limit");
    return std::nullopt;
  }
  if (*size > rest_.size() || present - rest_.size() != varint_size(*size)) {
    refuse(ErrorCode::kMalformed, "field is cut off");
    return std::nullopt;
  }
  const ByteView value = rest_.first(static_cast<std::size_t>(*size));
  rest_ = rest_.subspan(static_cast<std::size_t>(*size));
  return value;
}

ByteView Reader::bytes(std::uint32_t field, std::size_t max) {
  const auto value = delimited(field, max);
  if (!value) return {};
  if (value->empty()) refuse(ErrorCode::kMalformed, "default value written out");
  return *value;
}

ByteView Reader::exact(std::uint32_t field, std::size_t size) {
  const ByteView value = bytes(field, size);
  if (value.size() != size) refuse(ErrorCode::kMalformed, "wrong length of a fixed-size value");
  return value;
}

std::string Reader::text(std::uint32_t field, std::size_t max, TextRule rule) {
  const std::string_view value = text_of(bytes(field, max));
  if (auto ok = check_text(value, rule); !ok) {
    if (!error_) error_ = ok.error();
    return {};
  }
  return std::string(value);
}

std::optional<ByteView> Reader::element(std::uint32_t field, std::size_t max) {
  return delimited(field, max);
}

std::optional<ByteView> Reader::counted_element(std::uint32_t field, std::size_t max,
                                                std::size_t count, std::size_t max_count) {
  const auto value = delimited(field, max);
  if (value && count >= max_count) {
    refuse(ErrorCode::kTooLarge, "too many elements");
    return std::nullopt;
  }
  return value;
}

std::vector<std::string> Reader::text_list(std::uint32_t field, std::size_t max_count,
                                           std::size_t max) {
  std::vector<std::string> out;
  while (auto e = counted_element(field, max, out.size(), max_count)) {
    if (auto ok = check_text(text_of(*e), TextRule::kLine); !ok || e->empty()) {
      refuse(ErrorCode::kMalformed, ok ? "empty element" : "text is not allowed here");
      return {};
    }
    out.emplace_back(text_of(*e));
  }
  return out;
}

std::vector<ByteView> Reader::bytes_list(std::uint32_t field, std::size_t max_count,
                                         std::size_t max) {
  std::vector<ByteView> out;
  while (auto e = counted_element(field, max, out.size(), max_count)) out.push_back(*e);
  return out;
}

}  // namespace xom::codec
