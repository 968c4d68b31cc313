// Randomness of the module: only what the host gives, and never silently nothing.
#include "protocol/wasm/random.h"

#include <sodium.h>
#include <wasi/api.h>

#include <cstddef>

namespace xom::wasm {

namespace {

const char* implementation_name() { return "host"; }

void fill(void* buffer, std::size_t size) {
  // A host that refuses must stop the module: whoever asked would take what is there for random.
  if (__wasi_random_get(static_cast<std::uint8_t*>(buffer), size) != 0) __builtin_trap();
}

std::uint32_t random_u32() {
  std::uint32_t value = 0;
  fill(&value, sizeof value);
  return value;
}

randombytes_implementation host_random = {
    implementation_name, random_u32, nullptr, nullptr, fill, nullptr};

}  // namespace

bool use_host_random() {
  if (randombytes_set_implementation(&host_random) != 0) return false;
  std::uint8_t first[32] = {};
  std::uint8_t second[32] = {};
  fill(first, sizeof first);
  fill(second, sizeof second);
  const bool alive = sodium_is_zero(first, sizeof first) == 0 &&
                     sodium_is_zero(second, sizeof second) == 0 &&
                     sodium_memcmp(first, second, sizeof first) != 0;
  sodium_memzero(first, sizeof first);
  sodium_memzero(second, sizeof second);
  return alive;
}

}  // namespace xom::wasm
