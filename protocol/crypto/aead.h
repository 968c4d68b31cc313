// ChaCha20-Poly1305 (RFC 8439) with a 32-byte key and a 12-byte nonce.
#pragma once

#include "protocol/crypto/crypto.h"
#include "protocol/crypto/secret_bytes.h"

namespace xom::crypto {

inline constexpr std::size_t kAeadKey = 32;
inline constexpr std::size_t kAeadNonce = 12;
inline constexpr std::size_t kAeadTag = 16;

// Ciphertext and tag. Key and nonce have exactly their sizes (checked by assertion).
[[nodiscard]] Bytes aead_seal(ByteView key, ByteView nonce, ByteView aad, ByteView plaintext);
// kBadSignature if it does not open.
[[nodiscard]] Result<SecretBytes> aead_open(ByteView key, ByteView nonce, ByteView aad,
                                            ByteView ciphertext);

}  // namespace xom::crypto
