#include "protocol/wasm/abi.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>

#include "protocol/crypto/crypto.h"
#include "protocol/wasm/random.h"

namespace xom::wasm {

namespace {

Answer* block(std::uint32_t code, ByteView bytes, std::uint64_t detail) {
  void* memory = std::malloc(sizeof(Answer) + bytes.size());
  if (memory == nullptr) __builtin_trap();
  auto* answer = static_cast<Answer*>(memory);
  *answer = Answer{code, static_cast<std::uint32_t>(bytes.size()), detail};
  if (!bytes.empty()) std::memcpy(answer + 1, bytes.data(), bytes.size());
  return answer;
}

}  // namespace

Answer* give(ByteView value, std::uint64_t detail) { return block(0, value, detail); }
Answer* give_number(std::uint64_t value) { return block(0, {}, value); }
Answer* give_error(const Error& error) {
  return block(static_cast<std::uint32_t>(error.code), view_of(error.message), error.detail);
}
Answer* give(const Result<Bytes>& result) {
  return result ? give(ByteView{*result}) : give_error(result.error());
}
Answer* give_secret(Bytes value, std::uint64_t detail) {
  Answer* answer = give(ByteView{value}, detail);
  wipe(value);
  return answer;
}
void wipe(Bytes& secret) { sodium_memzero(secret.data(), secret.size()); }

// To be called once, before anything else. 0: ready; 1: the host gives no randomness; 2: libsodium
// does not start.
XOM_EXPORT(xom_start) std::uint32_t xom_start() {
  if (!use_host_random()) return 1;
  return crypto::initialise() ? 0 : 2;
}

// Memory for an input. 0 if there is none left.
XOM_EXPORT(xom_alloc) void* xom_alloc(std::size_t size) {
  return std::malloc(size == 0 ? 1 : size);
}

// Gives back an input or an Answer of `size` bytes in all; wiped first, as it may hold a secret.
XOM_EXPORT(xom_free) void xom_free(void* memory, std::size_t size) {
  if (memory == nullptr) return;
  sodium_memzero(memory, size);
  std::free(memory);
}

}  // namespace xom::wasm
