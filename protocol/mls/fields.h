// What the readers of wire structures share.
#pragma once

#include "protocol/mls/limits.h"
#include "protocol/mls/output.h"

namespace xom::mls {

// A vector of bytes with the limit of single fields.
[[nodiscard]] inline Bytes read_field(Input& in) {
  const ByteView bytes = in.vector(kMaxField);
  return {bytes.begin(), bytes.end()};
}
// A list of structures with the limits of lists.
template <class T>
[[nodiscard]] std::vector<T> read_items(Input& in) {
  return read_list<T>(in, kMaxMessageBytes, kMaxItems);
}

}  // namespace xom::mls
