// What the fuzz targets demand of a value that was read.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>

#include "protocol/base/bytes.h"

namespace xom::fuzz {

inline void require(bool property) {
  if (!property) std::abort();
}

[[nodiscard]] inline bool same(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

// The Protobuf runtime reads it too, and writes the same bytes.
template <class Proto>
void runtime_agrees(ByteView input) {
  Proto message;
  require(message.ParseFromArray(input.data(), static_cast<int>(input.size())));
  require(same(view_of(message.SerializeAsString()), input));
}

}  // namespace xom::fuzz
