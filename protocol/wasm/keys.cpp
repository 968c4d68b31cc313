// Keys, signatures, hashes.
#include <memory>

#include "protocol/codec/text.h"
#include "protocol/crypto/crypto.h"
#include "protocol/wasm/abi.h"

namespace xom::wasm {

using crypto::SigningKey;

// A new key from the host's randomness; detail: its handle.
XOM_EXPORT(xom_key_generate) Answer* xom_key_generate() {
  return give_handle(SigningKey::generate(crypto::system_random()));
}

// detail: handle. kMalformed unless 32 bytes.
XOM_EXPORT(xom_key_from_seed)
Answer* xom_key_from_seed(const std::uint8_t* seed, std::size_t size) {
  auto key = SigningKey::from_seed(in(seed, size));
  return key ? give_handle(std::move(*key)) : give_error(key.error());
}

// Wipes the key and ends its handle.
XOM_EXPORT(xom_key_free) void xom_key_free(SigningKey* key) {
  const std::unique_ptr<SigningKey> end(key);
}

XOM_EXPORT(xom_key_public) Answer* xom_key_public(const SigningKey* key) {
  return give(key->public_key_as<DeviceKey>().view());
}

XOM_EXPORT(xom_key_seed) Answer* xom_key_seed(const SigningKey* key) {
  return give(key->seed().view());
}

XOM_EXPORT(xom_key_sign)
Answer* xom_key_sign(const SigningKey* key, const std::uint8_t* message, std::size_t size) {
  return give(key->sign(in(message, size)).view());
}

// detail: 1 if the signature is the key's over the message, else 0.
XOM_EXPORT(xom_verify)
Answer* xom_verify(const std::uint8_t* key, std::size_t key_size, const std::uint8_t* message,
                   std::size_t message_size, const std::uint8_t* signature,
                   std::size_t signature_size) {
  const auto fixed = Signature::from(in(signature, signature_size));
  return give_number(
      fixed && crypto::verify(in(key, key_size), in(message, message_size), *fixed) ? 1 : 0);
}

XOM_EXPORT(xom_sha256) Answer* xom_sha256(const std::uint8_t* bytes, std::size_t size) {
  return give(crypto::sha256(in(bytes, size)).view());
}

// detail: 1 if the text may stand in a signed statement (codec/text.h), else 0. lines: line feeds
// may be in it.
XOM_EXPORT(xom_text_allowed)
Answer* xom_text_allowed(const std::uint8_t* text, std::size_t size, std::uint32_t lines) {
  const auto rule = lines != 0 ? codec::TextRule::kLines : codec::TextRule::kLine;
  return give_number(codec::check_text(text_of(in(text, size)), rule) ? 1 : 0);
}

}  // namespace xom::wasm
