// Randomness of the module comes from its one import that gives any: random_get.
#pragma once

#include <cstdint>

namespace xom::wasm {

// To be called before crypto::initialise(). False if the host's answer is no randomness: zeros, or
// the same bytes twice (a stub that reports success and writes nothing).
[[nodiscard]] bool use_host_random();

}  // namespace xom::wasm
