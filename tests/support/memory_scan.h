// Looks for secrets in the memory of this very process (Linux), without becoming a hiding place of
// them: what is looked for is kept XORed with a mask.
#pragma once

#include "protocol/base/bytes.h"

namespace xom::test {

class Needle {
 public:
  // At least 16 bytes; the caller wipes its own copy.
  explicit Needle(ByteView secret);
  // Places in all writable memory where 16 bytes at its beginning or at its end stand. The areas of
  // address sanitizer's shadow are left out.
  [[nodiscard]] std::size_t places() const;

 private:
  Bytes masked_;
};

// False where /proc/self/mem cannot be read.
[[nodiscard]] bool can_scan_memory();

}  // namespace xom::test
