#include "protocol/mls/key_schedule.h"

#include "protocol/crypto/aead.h"
#include "protocol/crypto/hkdf.h"

namespace xom::mls {

namespace {

constexpr std::string_view kExternalInitLabel = "MLS 1.0 external init secret";

// 8, the table of labels.
EpochSecrets from_epoch_secret(const Secret& epoch_secret) {
  const ByteView secret = epoch_secret.view();
  EpochSecrets out;
  out.sender_data = derive_secret(secret, "sender data");
  out.encryption = derive_secret(secret, "encryption");
  out.exporter = derive_secret(secret, "exporter");
  out.external = derive_secret(secret, "external");
  out.confirmation_key = derive_secret(secret, "confirm");
  out.membership_key = derive_secret(secret, "membership");
  out.resumption_psk = derive_secret(secret, "resumption");
  out.epoch_authenticator = derive_secret(secret, "authentication");
  out.init = derive_secret(secret, "init");
  return out;
}

// 8: what both the welcome secret and the epoch secret come from.
Secret member_secret(ByteView joiner_secret, const Secret& psk_secret) {
  return crypto::hkdf_extract(joiner_secret, psk_secret.view());
}

}  // namespace

Secret psk_secret(const std::vector<Psk>& psks) {
  const Secret zeros;
  Secret chained;
  for (std::size_t i = 0; i < psks.size(); ++i) {
    const Secret extracted = crypto::hkdf_extract(zeros.view(), psks[i].value->view());
    Output label;
    psks[i].id.write(label);
    label.u16(static_cast<std::uint16_t>(i));
    label.u16(static_cast<std::uint16_t>(psks.size()));
    const Secret input = expand_with_label(extracted.view(), "derived psk", label.view());
    chained = crypto::hkdf_extract(input.view(), chained.view());
  }
  return chained;
}

Secret joiner_secret(const Secret& init_secret, const Secret& commit_secret,
                     const GroupContext& context) {
  const Secret extracted = crypto::hkdf_extract(init_secret.view(), commit_secret.view());
  return expand_with_label(extracted.view(), "joiner", encode(context));
}

EpochSecrets epoch_secrets(ByteView joiner_secret, const Secret& psk_secret,
                           const GroupContext& context) {
  const Secret member = member_secret(joiner_secret, psk_secret);
  return from_epoch_secret(expand_with_label(member.view(), "epoch", encode(context)));
}

EpochSecrets first_epoch_secrets(crypto::Random& random) {
  Secret epoch_secret;
  random.fill(epoch_secret.mutable_view());
  return from_epoch_secret(epoch_secret);
}

Secret welcome_secret(ByteView joiner_secret, const Secret& psk_secret) {
  return derive_secret(member_secret(joiner_secret, psk_secret).view(), "welcome");
}

WelcomeKey welcome_key(const Secret& welcome_secret) {
  WelcomeKey out;
  out.key = expand_with_label(welcome_secret.view(), "key", {});
  out.nonce.resize(crypto::kAeadNonce);
  expand_with_label(welcome_secret.view(), "nonce", {}, out.nonce);
  return out;
}

crypto::HpkeKeyPair external_key_pair(const Secret& external_secret) {
  return crypto::HpkeKeyPair::derive(external_secret.view());
}

Result<ExternalInitSecret> send_external_init(ByteView external_pub, crypto::Random& random) {
  auto sent = crypto::hpke_send_export(external_pub, {}, view_of(kExternalInitLabel), 32, random);
  if (!sent) return std::unexpected(sent.error().during("8.3"));
  return ExternalInitSecret{std::move(sent->kem_output), Secret(sent->secret.view())};
}

Result<Secret> receive_external_init(const Secret& external_secret, ByteView kem_output) {
  const crypto::HpkeKeyPair pair = external_key_pair(external_secret);
  auto secret = crypto::hpke_receive_export(kem_output, pair.private_key.view(), {},
                                            view_of(kExternalInitLabel), 32);
  if (!secret) return std::unexpected(secret.error().during("8.3"));
  return Secret(secret->view());
}

void export_secret(const Secret& exporter_secret, std::string_view label, ByteView context,
                   std::span<std::uint8_t> out) {
  const Secret derived = derive_secret(exporter_secret.view(), label);
  expand_with_label(derived.view(), "exported", crypto::sha256(context).view(), out);
}

}  // namespace xom::mls
