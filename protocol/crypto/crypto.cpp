#include "protocol/crypto/crypto.h"

#include <sodium.h>

#include <algorithm>
#include <cassert>

namespace xom::crypto {

namespace {

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override { randombytes_buf(out.data(), out.size()); }
};

}  // namespace

bool initialise() { return sodium_init() >= 0; }

Random& system_random() {
  static SystemRandom random;
  return random;
}

template <std::size_t N>
Secret<N>::Secret(ByteView bytes) {
  assert(bytes.size() == N);
  std::copy_n(bytes.begin(), std::min(N, bytes.size()), bytes_.begin());
}

template <std::size_t N>
Secret<N>::Secret(Secret&& other) noexcept : bytes_(other.bytes_) {
  sodium_memzero(other.bytes_.data(), N);
}

template <std::size_t N>
Secret<N>& Secret<N>::operator=(Secret&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    sodium_memzero(other.bytes_.data(), N);
  }
  return *this;
}

template <std::size_t N>
Secret<N>::~Secret() {
  sodium_memzero(bytes_.data(), N);
}

template class Secret<12>;
template class Secret<32>;
template class Secret<64>;

SigningKey SigningKey::generate(Random& random) {
  Secret<32> seed;
  random.fill(seed.mutable_view());
  SigningKey key;
  crypto_sign_seed_keypair(key.public_key_.data(), key.secret_.mutable_view().data(),
                           seed.view().data());
  return key;
}

Result<SigningKey> SigningKey::from_seed(ByteView seed32) {
  if (seed32.size() != crypto_sign_SEEDBYTES) {
    return fail(ErrorCode::kMalformed, "a signing key's seed has 32 bytes");
  }
  SigningKey key;
  crypto_sign_seed_keypair(key.public_key_.data(), key.secret_.mutable_view().data(),
                           seed32.data());
  return key;
}

Signature SigningKey::sign(ByteView message) const {
  Signature signature;
  crypto_sign_detached(signature.bytes.data(), nullptr, message.data(), message.size(),
                       secret_.view().data());
  return signature;
}

Secret<32> SigningKey::seed() const {
  Secret<32> seed;
  crypto_sign_ed25519_sk_to_seed(seed.mutable_view().data(), secret_.view().data());
  return seed;
}

bool verify(ByteView public_key32, ByteView message, const Signature& signature) {
  if (public_key32.size() != crypto_sign_PUBLICKEYBYTES) return false;
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(),
                                     public_key32.data()) == 0;
}

}  // namespace xom::crypto
