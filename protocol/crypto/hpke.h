// HPKE base mode (RFC 9180) of the one suite DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
// ChaCha20-Poly1305, single shot (section 6).
#pragma once

#include "protocol/crypto/crypto.h"
#include "protocol/crypto/secret_bytes.h"

namespace xom::crypto {

struct HpkeKeyPair {
  Secret<32> private_key;
  Bytes public_key;  // 32 bytes
  // DeriveKeyPair (7.1.3).
  [[nodiscard]] static HpkeKeyPair derive(ByteView ikm);
  [[nodiscard]] static HpkeKeyPair generate(Random& random);
  [[nodiscard]] static HpkeKeyPair from_private(ByteView private32);
};

struct HpkeSealed {
  Bytes kem_output;
  Bytes ciphertext;
};
// kMalformed: not a public key (wrong length, or a point of small order).
[[nodiscard]] Result<HpkeSealed> hpke_seal(ByteView public_key, ByteView info, ByteView aad,
                                           ByteView plaintext, Random& random);
// kMalformed: kem_output is no key; kBadSignature: it does not open.
[[nodiscard]] Result<SecretBytes> hpke_open(const HpkeSealed& sealed, ByteView private_key,
                                            ByteView info, ByteView aad);

// Secret export (6.2): what the holder of the private key can derive too.
struct HpkeExport {
  Bytes kem_output;
  SecretBytes secret;
};
[[nodiscard]] Result<HpkeExport> hpke_send_export(ByteView public_key, ByteView info,
                                                  ByteView exporter_context, std::size_t length,
                                                  Random& random);
[[nodiscard]] Result<SecretBytes> hpke_receive_export(ByteView kem_output, ByteView private_key,
                                                      ByteView info, ByteView exporter_context,
                                                      std::size_t length);

}  // namespace xom::crypto
