// Between Protobuf's strings and our bytes.
#pragma once

#include <string>

#include "protocol/base/bytes.h"

namespace xom::server {

[[nodiscard]] inline std::string string_of(ByteView b) { return std::string(text_of(b)); }
[[nodiscard]] inline Bytes bytes_of(std::string_view s) { return Bytes(s.begin(), s.end()); }

// A fixed-size field of a frame; `what` names it in the error.
template <class F>
[[nodiscard]] Result<F> fixed_field(const std::string& value, std::string_view what) {
  auto fixed = F::from(view_of(value));
  if (!fixed) return std::unexpected(fixed.error().during(what));
  return fixed;
}

}  // namespace xom::server
