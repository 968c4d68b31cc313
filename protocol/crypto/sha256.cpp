#include <sodium.h>

#include "protocol/crypto/crypto.h"

namespace xom::crypto {

Hash sha256(ByteView bytes) { return sha256({&bytes, 1}); }

Hash sha256(std::span<const ByteView> parts) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (ByteView part : parts) crypto_hash_sha256_update(&state, part.data(), part.size());
  Hash hash;
  crypto_hash_sha256_final(&state, hash.bytes.data());
  return hash;
}

}  // namespace xom::crypto
