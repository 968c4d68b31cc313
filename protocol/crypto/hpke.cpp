#include "protocol/crypto/hpke.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "protocol/crypto/aead.h"
#include "protocol/crypto/hkdf_parts.h"

namespace xom::crypto {

namespace {

constexpr std::size_t kKey = 32;

// RFC 9180, 4.1 and 5.1: which part of the construction a labelled key belongs to.
constexpr std::array<std::uint8_t, 5> kKem = {'K', 'E', 'M', 0x00, 0x20};
constexpr std::array<std::uint8_t, 10> kHpke = {'H', 'P', 'K', 'E', 0, 0x20, 0, 0x01, 0, 0x03};

// 4
Secret<32> labelled_extract(ByteView suite, ByteView salt, std::string_view label, ByteView ikm) {
  const std::array<ByteView, 4> parts = {view_of("HPKE-v1"), suite, view_of(label), ikm};
  return hmac_sha256(salt, parts);
}

// 4
void labelled_expand(ByteView suite, ByteView prk, std::string_view label, ByteView info,
                     std::span<std::uint8_t> out) {
  const std::array<std::uint8_t, 2> length = {static_cast<std::uint8_t>(out.size() >> 8),
                                              static_cast<std::uint8_t>(out.size())};
  const std::array<ByteView, 5> parts = {length, view_of("HPKE-v1"), suite, view_of(label), info};
  hkdf_expand_parts(prk, parts, out);
}

// 4.1; also the check of 7.1.4 that the shared secret is not all zeros.
Result<Secret<32>> shared_secret(ByteView private_key, ByteView public_key, ByteView kem_output,
                                 ByteView recipient) {
  Secret<32> dh;
  if (crypto_scalarmult_curve25519(dh.mutable_view().data(), private_key.data(),
                                   public_key.data()) != 0) {
    return fail(ErrorCode::kMalformed, "RFC 9180, 7.1.4: a public key of small order");
  }
  const Secret<32> prk = labelled_extract(kKem, {}, "eae_prk", dh.view());
  std::array<std::uint8_t, 2 * kKey> context{};
  std::copy_n(kem_output.begin(), kKey, context.begin());
  std::copy_n(recipient.begin(), kKey, context.begin() + kKey);
  Secret<32> secret;
  labelled_expand(kKem, prk.view(), "shared_secret", context, secret.mutable_view());
  return secret;
}

struct Encapsulated {
  Bytes kem_output;
  Secret<32> secret;
};
Result<Encapsulated> encapsulate(ByteView public_key, Random& random) {
  if (public_key.size() != kKey) {
    return fail(ErrorCode::kMalformed, "RFC 9180, 7.1.1: a public key has 32 bytes");
  }
  HpkeKeyPair ephemeral = HpkeKeyPair::generate(random);
  auto secret =
      shared_secret(ephemeral.private_key.view(), public_key, ephemeral.public_key, public_key);
  if (!secret) return std::unexpected(secret.error());
  return Encapsulated{std::move(ephemeral.public_key), std::move(*secret)};
}

Result<Secret<32>> decapsulate(ByteView kem_output, ByteView private_key) {
  if (kem_output.size() != kKey || private_key.size() != kKey) {
    return fail(ErrorCode::kMalformed, "RFC 9180, 7.1.1: a key has 32 bytes");
  }
  std::array<std::uint8_t, kKey> recipient{};
  crypto_scalarmult_curve25519_base(recipient.data(), private_key.data());
  return shared_secret(private_key, kem_output, kem_output, recipient);
}

// 5.1, mode_base.
class KeySchedule {
 public:
  KeySchedule(const Secret<32>& shared_secret, ByteView info)
      : secret_(labelled_extract(kHpke, shared_secret.view(), "secret", {})) {
    const Secret<32> psk_id_hash = labelled_extract(kHpke, {}, "psk_id_hash", {});
    const Secret<32> info_hash = labelled_extract(kHpke, {}, "info_hash", info);
    std::copy_n(psk_id_hash.view().begin(), 32, context_.begin() + 1);
    std::copy_n(info_hash.view().begin(), 32, context_.begin() + 33);
  }
  [[nodiscard]] Secret<32> key() const { return derive("key"); }
  [[nodiscard]] std::array<std::uint8_t, kAeadNonce> nonce() const {
    std::array<std::uint8_t, kAeadNonce> nonce{};
    labelled_expand(kHpke, secret_.view(), "base_nonce", context_, nonce);
    return nonce;
  }
  // 5.3
  [[nodiscard]] SecretBytes export_secret(ByteView exporter_context, std::size_t length) const {
    const Secret<32> exporter = derive("exp");
    SecretBytes out(length);
    labelled_expand(kHpke, exporter.view(), "sec", exporter_context, out.mutable_view());
    return out;
  }

 private:
  [[nodiscard]] Secret<32> derive(std::string_view label) const {
    Secret<32> out;
    labelled_expand(kHpke, secret_.view(), label, context_, out.mutable_view());
    return out;
  }
  Secret<32> secret_;
  std::array<std::uint8_t, 65> context_{};  // mode 0, then the two hashes
};

}  // namespace

HpkeKeyPair HpkeKeyPair::derive(ByteView ikm) {
  const Secret<32> prk = labelled_extract(kKem, {}, "dkp_prk", ikm);
  Secret<32> private_key;
  labelled_expand(kKem, prk.view(), "sk", {}, private_key.mutable_view());
  return from_private(private_key.view());
}

HpkeKeyPair HpkeKeyPair::generate(Random& random) {
  Secret<32> ikm;
  random.fill(ikm.mutable_view());
  return derive(ikm.view());
}

HpkeKeyPair HpkeKeyPair::from_private(ByteView private32) {
  HpkeKeyPair pair{Secret<32>(private32), Bytes(kKey)};
  crypto_scalarmult_curve25519_base(pair.public_key.data(), pair.private_key.view().data());
  return pair;
}

Result<HpkeSealed> hpke_seal(ByteView public_key, ByteView info, ByteView aad, ByteView plaintext,
                             Random& random) {
  auto kem = encapsulate(public_key, random);
  if (!kem) return std::unexpected(kem.error());
  const KeySchedule schedule(kem->secret, info);
  return HpkeSealed{std::move(kem->kem_output),
                    aead_seal(schedule.key().view(), schedule.nonce(), aad, plaintext)};
}

Result<SecretBytes> hpke_open(const HpkeSealed& sealed, ByteView private_key, ByteView info,
                              ByteView aad) {
  auto secret = decapsulate(sealed.kem_output, private_key);
  if (!secret) return std::unexpected(secret.error());
  const KeySchedule schedule(*secret, info);
  return aead_open(schedule.key().view(), schedule.nonce(), aad, sealed.ciphertext);
}

Result<HpkeExport> hpke_send_export(ByteView public_key, ByteView info, ByteView exporter_context,
                                    std::size_t length, Random& random) {
  auto kem = encapsulate(public_key, random);
  if (!kem) return std::unexpected(kem.error());
  const KeySchedule schedule(kem->secret, info);
  return HpkeExport{std::move(kem->kem_output), schedule.export_secret(exporter_context, length)};
}

Result<SecretBytes> hpke_receive_export(ByteView kem_output, ByteView private_key, ByteView info,
                                        ByteView exporter_context, std::size_t length) {
  auto secret = decapsulate(kem_output, private_key);
  if (!secret) return std::unexpected(secret.error());
  const KeySchedule schedule(*secret, info);
  return schedule.export_secret(exporter_context, length);
}

}  // namespace xom::crypto
