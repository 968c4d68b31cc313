// Export of the vectors' module (tools/build-wasm --vectors), called by run_wasm.mjs.
#include "protocol/wasm/abi.h"
#include "tests/vectors/run.h"

namespace xom::wasm {

// Outcome::line() of a file's text.
XOM_EXPORT(xom_test_vectors)
Answer* xom_test_vectors(const std::uint8_t* json, std::size_t size) {
  return give(view_of(vectors::run(text_of(in(json, size))).line()));
}

}  // namespace xom::wasm
