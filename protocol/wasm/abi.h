// The border of the module: plain C functions over memory that the host fills (README.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/base/bytes.h"
#include "protocol/codec/writer.h"

// A function that the host may call.
#define XOM_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace xom::wasm {

// What a function answers: one block of memory that the host reads and gives back to xom_free():
// u32 code (0, or an ErrorCode), u32 size, u64 detail, then `size` bytes (the value, or the error's
// message). Little endian, like the machine.
struct Answer {
  std::uint32_t code;
  std::uint32_t size;
  std::uint64_t detail;
};
static_assert(sizeof(Answer) == 16);

[[nodiscard]] Answer* give(ByteView value, std::uint64_t detail = 0);
[[nodiscard]] Answer* give_number(std::uint64_t value);
[[nodiscard]] Answer* give_error(const Error& error);
[[nodiscard]] Answer* give(const Result<Bytes>& result);
// A value that holds secrets: the caller's copy is wiped, the host wipes the answer (xom_free).
[[nodiscard]] Answer* give_secret(Bytes value, std::uint64_t detail = 0);
void wipe(Bytes& secret);

[[nodiscard]] inline ByteView in(const std::uint8_t* data, std::size_t size) {
  return {data, size};
}

// A handle is the address of an object of the module. The host keeps handles in objects of its own
// and gives each back once.
template <class T>
[[nodiscard]] std::uint64_t handle_of(T value) {
  return reinterpret_cast<std::uintptr_t>(new T(std::move(value)));
}
template <class T>
[[nodiscard]] Answer* give_handle(T value) {
  return give_number(handle_of(std::move(value)));
}

}  // namespace xom::wasm
