#include "protocol/mls/sender_data.h"

#include <algorithm>

#include "protocol/crypto/aead.h"

namespace xom::mls {

namespace {

constexpr std::size_t kSampleBytes = 32;

// SenderDataAAD
Bytes additional_data(const PrivateMessage& message) {
  Output out;
  out.vector(message.group_id);
  out.u64(raw(message.epoch));
  out.u8(raw(message.content_type));
  return std::move(out).take();
}

}  // namespace

SenderDataKey sender_data_key(const Secret& sender_data_secret, ByteView ciphertext) {
  // 6.3.2: a sample of the ciphertext.
  const ByteView sample = ciphertext.first(std::min(kSampleBytes, ciphertext.size()));
  SenderDataKey out;
  expand_with_label(sender_data_secret.view(), "key", sample, out.key.mutable_view());
  expand_with_label(sender_data_secret.view(), "nonce", sample, out.nonce.mutable_view());
  return out;
}

Bytes seal_sender_data(const SenderData& data, const PrivateMessage& message,
                       const Secret& sender_data_secret) {
  Output plaintext;
  plaintext.u32(raw(data.leaf));
  plaintext.u32(data.generation);
  plaintext.raw(data.reuse_guard);
  const SenderDataKey key = sender_data_key(sender_data_secret, message.ciphertext);
  return crypto::aead_seal(key.key.view(), key.nonce.view(), additional_data(message),
                           plaintext.view());
}

Result<SenderData> open_sender_data(const PrivateMessage& message,
                                    const Secret& sender_data_secret) {
  const SenderDataKey key = sender_data_key(sender_data_secret, message.ciphertext);
  const auto plaintext = crypto::aead_open(key.key.view(), key.nonce.view(),
                                           additional_data(message), message.encrypted_sender_data);
  if (!plaintext) return std::unexpected(plaintext.error().during("6.3.2: sender data"));
  Input in(plaintext->view());
  SenderData data;
  data.leaf = LeafIndex{in.u32()};
  data.generation = in.u32();
  for (std::uint8_t& byte : data.reuse_guard) byte = in.u8();
  if (auto done = in.finish(); !done) {
    return std::unexpected(done.error().during("6.3.2: sender data"));
  }
  return data;
}

}  // namespace xom::mls
