// One target as a fuzzer; XOM_FUZZ_TARGET is its name.
#include <cstdlib>

#include "protocol/crypto/crypto.h"
#include "tests/protocol/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const xom::fuzz::Target* const target = xom::fuzz::find_target(XOM_FUZZ_TARGET);
  static const bool ready = target != nullptr && xom::crypto::initialise();
  if (!ready) std::abort();
  (void)target->run({data, size});
  return 0;
}
