// Runs the vectors of the MLS working group (mlswg/mls-implementations, test-vectors.md). Pure: the
// text of a file in, counts out; natively and as WebAssembly.
#pragma once

#include <string>
#include <string_view>

namespace xom::vectors {

struct Outcome {
  std::string format;  // empty: none that is known
  int passed = 0, failed = 0, skipped = 0;
  std::string first_failure;  // "number of the vector: what"
  // One line: format (or "-"), passed, failed, skipped, and the first failure.
  [[nodiscard]] std::string line() const;
};

// The format is told by the fields, so a file may have any name. Vectors of other cipher suites are
// skipped, unless what they need is ours too (formats.h). No text of a list of vectors: one
// failure.
[[nodiscard]] Outcome run(std::string_view json);

}  // namespace xom::vectors
