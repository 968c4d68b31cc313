// What stands in a payload: for which group it is, and when it was due. Text, since an alert holds
// it as well.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace xom::load {

struct Mark {
  static constexpr std::string_view kMagic = "xom-load";
  static constexpr std::size_t kTimeDigits = 16, kGroupDigits = 8;
  static constexpr std::size_t kSize = kMagic.size() + kTimeDigits + kGroupDigits;
  static constexpr std::uint32_t kEverybody = UINT32_MAX;  // instead of a group: an alert
  std::int64_t due_us = 0;                                 // of Clock
  std::uint32_t group = 0;

  [[nodiscard]] std::string encode() const {
    std::string out(kMagic);
    put(out, static_cast<std::uint64_t>(due_us), kTimeDigits);
    put(out, group, kGroupDigits);
    return out;
  }
  // nullptr: no mark in these bytes.
  [[nodiscard]] static const char* find(const char* data, std::size_t size) {
    const void* at = ::memmem(data, size, kMagic.data(), kMagic.size());
    if (at == nullptr) return nullptr;
    const char* found = static_cast<const char*>(at);
    return found + kSize <= data + size ? found : nullptr;
  }
  // Of what find() has found.
  [[nodiscard]] static Mark decode(const char* at) {
    at += kMagic.size();
    return {static_cast<std::int64_t>(number(at, kTimeDigits)),
            static_cast<std::uint32_t>(number(at + kTimeDigits, kGroupDigits))};
  }

 private:
  static void put(std::string& out, std::uint64_t value, std::size_t digits) {
    for (std::size_t left = digits; left-- > 0;)
      out.push_back("0123456789abcdef"[value >> (4 * left) & 15]);
  }
  static std::uint64_t number(const char* at, std::size_t digits) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < digits; ++i)
      value = value << 4 | static_cast<std::uint64_t>(at[i] < 'a' ? at[i] - '0' : at[i] - 'a' + 10);
    return value;
  }
};

}  // namespace xom::load
