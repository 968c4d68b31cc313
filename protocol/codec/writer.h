// Writer of the canonical Protobuf wire format that codec::Reader accepts.
#pragma once

#include "protocol/base/bytes.h"

namespace xom::codec {

// Write the fields in ascending order. Default values (0, false, empty) are left out, except by
// element().
class Writer {
 public:
  Writer() = default;
  // Memory for so many bytes is taken at once, so that a secret leaves no copy behind on growing.
  explicit Writer(std::size_t expected) { out_.reserve(expected); }

  Writer& u64(std::uint32_t field, std::uint64_t value);
  Writer& time(std::uint32_t field, TimeMs value) {
    return u64(field, static_cast<std::uint64_t>(raw(value)));
  }
  Writer& boolean(std::uint32_t field, bool value) { return u64(field, value ? 1 : 0); }
  template <class E>
  Writer& enumeration(std::uint32_t field, E value) {
    return u64(field, static_cast<std::uint64_t>(value));
  }
  Writer& bytes(std::uint32_t field, ByteView value);
  template <class F>
  Writer& fixed(std::uint32_t field, const F& value) {
    return bytes(field, value.view());
  }
  Writer& text(std::uint32_t field, std::string_view value) { return bytes(field, view_of(value)); }
  // One element of a repeated field, written even if empty.
  Writer& element(std::uint32_t field, ByteView value);

  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  void varint(std::uint64_t value);
  Bytes out_;
};

}  // namespace xom::codec
