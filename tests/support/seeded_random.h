// Randomness that is the same in every run of a test.
#pragma once

#include "protocol/crypto/crypto.h"

namespace xom::test {

// SHA-256 of a seed and a counter.
class SeededRandom final : public crypto::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : seed_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::size_t at = 0; at < out.size(); at += 32) {
      std::array<std::uint8_t, 16> input{};
      for (std::size_t i = 0; i < 8; ++i) {
        input[i] = static_cast<std::uint8_t>(seed_ >> 8 * i);
        input[8 + i] = static_cast<std::uint8_t>(counter_ >> 8 * i);
      }
      ++counter_;
      const Hash block = crypto::sha256(ByteView(input));
      for (std::size_t i = 0; i < 32 && at + i < out.size(); ++i) out[at + i] = block.bytes[i];
    }
  }
  // 0 … below - 1.
  std::uint64_t pick(std::uint64_t below) {
    std::array<std::uint8_t, 8> bytes{};
    fill(bytes);
    std::uint64_t value = 0;
    for (const std::uint8_t b : bytes) value = value << 8 | b;
    return value % below;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
};

}  // namespace xom::test
