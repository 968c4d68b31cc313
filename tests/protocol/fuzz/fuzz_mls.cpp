#include "tests/protocol/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  xom::fuzz::mls_message({data, size});
  return 0;
}
