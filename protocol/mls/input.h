// Reader of the TLS presentation language as RFC 9420 uses it: big-endian numbers and vectors whose
// length is a variable-size integer (section 2.1.2).
#pragma once

#include <optional>

#include "protocol/base/bytes.h"

namespace xom::mls {

// The first error sticks; later reads give zeros and empty views, finish() tells it.
class Input {
 public:
  explicit Input(ByteView bytes) : rest_(bytes) {}

  [[nodiscard]] std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  [[nodiscard]] std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  [[nodiscard]] std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  [[nodiscard]] std::uint64_t u64() { return number(8); }
  // A vector of bytes; kTooLarge above `max`, kMalformed if cut off or if its length is not in the
  // shortest form.
  [[nodiscard]] ByteView vector(std::size_t max);

  [[nodiscard]] bool ok() const { return !error_; }
  [[nodiscard]] bool empty() const { return error_ || rest_.empty(); }
  [[nodiscard]] ByteView rest() const { return rest_; }
  // What was read since `before`, an earlier rest().
  [[nodiscard]] ByteView since(ByteView before) const {
    return before.first(before.size() - rest_.size());
  }
  void refuse(ErrorCode code, const char* message);
  // Takes over the error of an input over a part; kMalformed if that part was not read to its end.
  void adopt(Input& part);
  // The first error, or kMalformed if bytes are left.
  [[nodiscard]] Result<void> finish();

 private:
  [[nodiscard]] std::uint64_t number(std::size_t size);
  [[nodiscard]] std::uint64_t length();

  ByteView rest_;
  std::optional<Error> error_;
};

}  // namespace xom::mls
