// Bounded reader of one message in the canonical Protobuf wire format.
// Canonical: fields in ascending order, default values omitted, shortest varints, no groups. So
// each value has exactly one encoding, and unknown, repeated, misplaced or mistyped fields are all
// refused.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/codec/text.h"

namespace xom::codec {

// Ask for the fields in ascending order, each once, then call finish(). An absent field gives its
// default. The first error sticks: later calls give defaults and finish() tells it, so values count
// only after finish() was ok. Views point into the message, which must outlive them.
class Reader {
 public:
  explicit Reader(ByteView message) : rest_(message) {}

  [[nodiscard]] std::uint64_t u64(std::uint32_t field);
  [[nodiscard]] std::uint32_t u32(std::uint32_t field);  // kMalformed above 2^32 - 1
  [[nodiscard]] bool boolean(std::uint32_t field);
  // An int64 that may not be negative.
  [[nodiscard]] TimeMs time(std::uint32_t field);
  // An enumeration whose values are 1 … last; absent (0) is kMalformed.
  template <class E>
  [[nodiscard]] E enumeration(std::uint32_t field, E last) {
    return static_cast<E>(enumeration_value(field, static_cast<std::uint64_t>(last)));
  }
  [[nodiscard]] ByteView bytes(std::uint32_t field, std::size_t max);
  // A required value of exactly F::kSize bytes.
  template <class F>
  [[nodiscard]] F fixed(std::uint32_t field) {
    return to_fixed<F>(exact(field, F::kSize));
  }
  // At most `max` bytes of UTF-8 that passes check_text.
  [[nodiscard]] std::string text(std::uint32_t field, std::size_t max,
                                 TextRule rule = TextRule::kLine);
  // Next element of a repeated field of bytes, messages or text; nullopt after the last one.
  // kTooLarge above `max` bytes.
  [[nodiscard]] std::optional<ByteView> element(std::uint32_t field, std::size_t max);
  template <class F>
  [[nodiscard]] std::vector<F> fixed_list(std::uint32_t field, std::size_t max_count) {
    std::vector<F> out;
    while (auto e = counted_element(field, F::kSize, out.size(), max_count)) {
      if (e->size() != F::kSize) {
        refuse(ErrorCode::kMalformed, "wrong length of a fixed-size value");
        return {};
      }
      out.push_back(to_fixed<F>(*e));
    }
    return out;
  }
  [[nodiscard]] std::vector<std::string> text_list(std::uint32_t field, std::size_t max_count,
                                                   std::size_t max);
  [[nodiscard]] std::vector<ByteView> bytes_list(std::uint32_t field, std::size_t max_count,
                                                 std::size_t max);

  // Records the caller's own objection as if the format had been broken; the first one counts.
  void refuse(ErrorCode code, const char* message);
  // The first error, or kMalformed if anything of the message is left.
  [[nodiscard]] Result<void> finish();

 private:
  [[nodiscard]] std::optional<std::uint64_t> varint();
  [[nodiscard]] bool at(std::uint32_t field, std::uint32_t wire_type);
  [[nodiscard]] std::optional<ByteView> delimited(std::uint32_t field, std::size_t max);
  [[nodiscard]] std::uint64_t enumeration_value(std::uint32_t field, std::uint64_t last);
  [[nodiscard]] ByteView exact(std::uint32_t field, std::size_t size);
  [[nodiscard]] std::optional<ByteView> counted_element(std::uint32_t field, std::size_t max,
                                                        std::size_t count, std::size_t max_count);
  template <class F>
  static F to_fixed(ByteView b) {
    F f;
    if (b.size() == F::kSize) std::copy(b.begin(), b.end(), f.bytes.begin());
    return f;
  }

  ByteView rest_;
  std::optional<Error> error_;
};

}  // namespace xom::codec
