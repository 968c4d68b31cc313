#include "protocol/crypto/crypto.h"

// libsodium's SHA-256 is portable C, which suits a browser. A node hashes trees all day and has
// OpenSSL at hand, which uses the processor's own instructions. Both must give the same: each has
// to pass the vectors.
#ifdef __wasm__
#include <sodium.h>
#else
#include <openssl/evp.h>

#include <cstdlib>
#include <memory>
#endif

namespace xom::crypto {
namespace {

#ifdef __wasm__

class Hasher {
 public:
  Hasher() { crypto_hash_sha256_init(&state_); }
  void update(ByteView part) { crypto_hash_sha256_update(&state_, part.data(), part.size()); }
  void finish(Hash& hash) { crypto_hash_sha256_final(&state_, hash.bytes.data()); }

 private:
  crypto_hash_sha256_state state_;
};

#else

struct Free {
  void operator()(EVP_MD* type) const { EVP_MD_free(type); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fails only where OpenSSL is broken or memory is out; a hash that is not one must not be returned.
void require(bool ok) {
  if (!ok) std::abort();
}

class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new()) {
    // Looking the algorithm up costs more than hashing a node of a tree.
    static const std::unique_ptr<EVP_MD, Free> type(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    require(context_ && type && EVP_DigestInit_ex2(context_.get(), type.get(), nullptr) == 1);
  }
  void update(ByteView part) {
    require(EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1);
  }
  void finish(Hash& hash) {
    require(EVP_DigestFinal_ex(context_.get(), hash.bytes.data(), nullptr) == 1);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

#endif

}  // namespace

Hash sha256(ByteView bytes) { return sha256({&bytes, 1}); }

Hash sha256(std::span<const ByteView> parts) {
  Hasher hasher;
  for (const ByteView part : parts) hasher.update(part);
  Hash hash;
  hasher.finish(hash);
  return hash;
}

}  // namespace xom::crypto
