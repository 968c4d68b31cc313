// Writer of the TLS presentation language as RFC 9420 uses it (section 2.1), and what every wire
// structure has: `void write(Output&) const`, `static T read(Input&)`.
#pragma once

#include <optional>

#include "protocol/mls/input.h"

namespace xom::mls {

// Bytes that a vector's length, below 2^30, takes.
[[nodiscard]] constexpr std::size_t size_of_length(std::size_t length) {
  return length < 0x40 ? 1 : length < 0x4000 ? 2 : 4;
}
// Writes a vector's length, below 2^30, in its shortest form.
void append_length(Bytes& out, std::size_t length);
// Writes the length in its shortest form, then the bytes (fewer than 2^30).
void append_vector(Bytes& out, ByteView bytes);

class Output {
 public:
  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void raw(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  // A vector of bytes, shorter than 2^30.
  void vector(ByteView bytes) { append_vector(out_, bytes); }
  // A vector whose content is written between the two calls. `expected`: about how long it will be;
  // only where its length takes more or fewer bytes than that one's must it be moved.
  struct Open {
    std::size_t start = 0, content = 0;
  };
  [[nodiscard]] Open begin_vector(std::size_t expected);
  std::size_t end_vector(Open open);  // where its content begins now
  // A vector of structures.
  template <class List>
  void list(const List& items) {
    const Open open = begin_vector(items.size());
    for (const auto& item : items) item.write(*this);
    end_vector(open);
  }
  // optional<T>: one byte that says whether it follows.
  template <class T>
  void optional(const std::optional<T>& value) {
    u8(value ? 1 : 0);
    if (value) value->write(*this);
  }
  void reserve(std::size_t size) { out_.reserve(size); }
  [[nodiscard]] ByteView view() const { return out_; }
  [[nodiscard]] Bytes take() && { return std::move(out_); }

 private:
  void number(std::uint64_t value, std::size_t size);
  Bytes out_;
};

// Reads structures until the vector ends; kTooLarge above `max_items`, before memory is taken.
template <class T>
[[nodiscard]] std::vector<T> read_list(Input& in, std::size_t max_bytes, std::size_t max_items) {
  std::vector<T> items;
  Input part(in.vector(max_bytes));
  while (!part.empty()) {
    if (items.size() == max_items) {
      part.refuse(ErrorCode::kTooLarge, "too many items");
      break;
    }
    items.push_back(T::read(part));
  }
  in.adopt(part);
  return items;
}
template <class T>
[[nodiscard]] std::optional<T> read_optional(Input& in) {
  const std::uint8_t present = in.u8();
  if (present > 1) in.refuse(ErrorCode::kMalformed, "presence is neither 0 nor 1");
  if (present != 1) return std::nullopt;
  return T::read(in);
}

template <class T>
[[nodiscard]] Bytes encode(const T& value) {
  Output out;
  value.write(out);
  return std::move(out).take();
}
// The whole of `bytes` is one T.
template <class T>
[[nodiscard]] Result<T> decode(ByteView bytes) {
  Input in(bytes);
  T value = T::read(in);
  if (auto done = in.finish(); !done) return std::unexpected(done.error());
  return value;
}

}  // namespace xom::mls
