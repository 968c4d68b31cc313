#include "protocol/crypto/secret_bytes.h"

#include <sodium.h>

#include <utility>

namespace xom::crypto {

SecretBytes::SecretBytes(std::size_t size) : bytes_(size) {}

SecretBytes::SecretBytes(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}

// A moved-from vector is only promised to be valid: exchange leaves it empty for certain.
SecretBytes::SecretBytes(SecretBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    sodium_memzero(bytes_.data(), bytes_.size());
    bytes_ = std::exchange(other.bytes_, {});
  }
  return *this;
}

SecretBytes::~SecretBytes() { sodium_memzero(bytes_.data(), bytes_.size()); }

}  // namespace xom::crypto
