// The few primitives of the trusted core, all libsodium's. Pure: randomness is injected.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "protocol/base/bytes.h"

namespace xom::crypto {

// Must be called once before anything else; false if libsodium cannot start.
[[nodiscard]] bool initialise();

// Fills with random bytes. The real one is `system_random()`; tests inject seeded ones.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
};
[[nodiscard]] Random& system_random();

// Secret bytes: move-only, wiped at the end of their life.
template <std::size_t N>
class Secret {
 public:
  Secret() = default;
  explicit Secret(ByteView bytes);  // exactly N bytes (checked by assertion)
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();
  // A second holder of the same secret, which wipes its own copy.
  [[nodiscard]] Secret clone() const { return Secret(ByteView(bytes_)); }
  [[nodiscard]] ByteView view() const { return bytes_; }
  [[nodiscard]] std::span<std::uint8_t, N> mutable_view() { return bytes_; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};
extern template class Secret<12>;
extern template class Secret<32>;
extern template class Secret<64>;

// Ed25519 (RFC 8032).
class SigningKey {
 public:
  [[nodiscard]] static SigningKey generate(Random& random);
  [[nodiscard]] static Result<SigningKey> from_seed(ByteView seed32);  // kMalformed unless 32 bytes
  template <class Key>
  [[nodiscard]] Key public_key_as() const {
    Key k;
    k.bytes = public_key_;
    return k;
  }
  [[nodiscard]] Signature sign(ByteView message) const;
  [[nodiscard]] Secret<32> seed() const;

 private:
  SigningKey() = default;
  std::array<std::uint8_t, 32> public_key_{};
  Secret<64> secret_;
};
[[nodiscard]] bool verify(ByteView public_key32, ByteView message, const Signature& signature);

[[nodiscard]] Hash sha256(ByteView bytes);
[[nodiscard]] Hash sha256(std::span<const ByteView> parts);

}  // namespace xom::crypto
