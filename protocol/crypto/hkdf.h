// HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869).
#pragma once

#include "protocol/crypto/crypto.h"

namespace xom::crypto {

[[nodiscard]] Secret<32> hmac_sha256(ByteView key, ByteView data);
[[nodiscard]] Secret<32> hmac_sha256(ByteView key, std::span<const ByteView> parts);
// Constant time.
[[nodiscard]] bool equal_secret(ByteView a, ByteView b);

[[nodiscard]] Secret<32> hkdf_extract(ByteView salt, ByteView ikm);
// Fills `out`, at most 255 * 32 bytes (checked by assertion).
void hkdf_expand(ByteView prk, ByteView info, std::span<std::uint8_t> out);

}  // namespace xom::crypto
