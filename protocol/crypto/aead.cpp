#include "protocol/crypto/aead.h"

#include <sodium.h>

#include <array>
#include <cassert>

namespace xom::crypto {

namespace {

// The cipher's rounds leave the key in their stack frame, which libsodium does not wipe: what was
// called from the same place lay where this array lies.
[[gnu::noinline, gnu::no_sanitize_address]] void wipe_stack_below() {
  std::array<std::uint8_t, 4096> frames;
  sodium_memzero(frames.data(), frames.size());
}

}  // namespace

Bytes aead_seal(ByteView key, ByteView nonce, ByteView aad, ByteView plaintext) {
  assert(key.size() == kAeadKey && nonce.size() == kAeadNonce);
  Bytes ciphertext(plaintext.size() + kAeadTag);
  crypto_aead_chacha20poly1305_ietf_encrypt(ciphertext.data(), nullptr, plaintext.data(),
                                            plaintext.size(), aad.data(), aad.size(), nullptr,
                                            nonce.data(), key.data());
  wipe_stack_below();
  return ciphertext;
}

Result<SecretBytes> aead_open(ByteView key, ByteView nonce, ByteView aad, ByteView ciphertext) {
  assert(key.size() == kAeadKey && nonce.size() == kAeadNonce);
  if (ciphertext.size() < kAeadTag) {
    return fail(ErrorCode::kBadSignature, "a ciphertext is shorter than its tag");
  }
  SecretBytes plaintext(ciphertext.size() - kAeadTag);
  // A null output would only check the tag: the same thing for an empty plaintext.
  const int opened = crypto_aead_chacha20poly1305_ietf_decrypt(
      plaintext.mutable_view().data(), nullptr, nullptr, ciphertext.data(), ciphertext.size(),
      aad.data(), aad.size(), nonce.data(), key.data());
  wipe_stack_below();
  if (opened != 0) {
    return fail(ErrorCode::kBadSignature, "a ciphertext does not open");
  }
  return plaintext;
}

}  // namespace xom::crypto
