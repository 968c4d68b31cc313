// Inside the crypto folder: HKDF over inputs in parts, so that a secret input is never
// copied only to stand beside its label.
#pragma once

#include "protocol/crypto/hkdf.h"

namespace xom::crypto {

using Parts = std::span<const ByteView>;

// As hkdf_expand().
void hkdf_expand_parts(ByteView prk, Parts info, std::span<std::uint8_t> out);

}  // namespace xom::crypto
