// RFC 9420, section 6.3.2: who sent a PrivateMessage, and with which key.
#pragma once

#include "protocol/mls/framing.h"

namespace xom::mls {

struct SenderData {
  LeafIndex leaf{0};
  std::uint32_t generation = 0;
  std::array<std::uint8_t, 4> reuse_guard{};
  bool operator==(const SenderData&) const = default;
};

// From a sample of the content's ciphertext.
struct SenderDataKey {
  Secret key;
  crypto::Secret<12> nonce;
};
[[nodiscard]] SenderDataKey sender_data_key(const Secret& sender_data_secret, ByteView ciphertext);

// The field of a message whose other fields are filled in already.
[[nodiscard]] Bytes seal_sender_data(const SenderData& data, const PrivateMessage& message,
                                     const Secret& sender_data_secret);
// kBadSignature: it does not open; kMalformed: something else was sealed.
[[nodiscard]] Result<SenderData> open_sender_data(const PrivateMessage& message,
                                                  const Secret& sender_data_secret);

}  // namespace xom::mls
