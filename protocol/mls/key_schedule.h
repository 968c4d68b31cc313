// RFC 9420, sections 8 (key schedule), 8.4 (pre-shared keys), 8.5 (exporters) and 8.6 (resumption).
#pragma once

#include <memory>

#include "protocol/mls/group_context.h"
#include "protocol/mls/proposal.h"

namespace xom::mls {

struct Psk {
  PreSharedKeyId id;
  std::shared_ptr<const crypto::SecretBytes> value;
};
// 8.4; all zeros for an empty list.
[[nodiscard]] Secret psk_secret(const std::vector<Psk>& psks);

// Secrets of one epoch; init_secret is for the next.
struct EpochSecrets {
  Secret sender_data, encryption, exporter, external, confirmation_key, membership_key,
      resumption_psk, epoch_authenticator, init;
};
[[nodiscard]] Secret joiner_secret(const Secret& init_secret, const Secret& commit_secret,
                                   const GroupContext& context);
[[nodiscard]] EpochSecrets epoch_secrets(ByteView joiner_secret, const Secret& psk_secret,
                                         const GroupContext& context);
// A group's first epoch: the epoch secret is random (11).
[[nodiscard]] EpochSecrets first_epoch_secrets(crypto::Random& random);
[[nodiscard]] Secret welcome_secret(ByteView joiner_secret, const Secret& psk_secret);
// 12.4.3.1: key and nonce of the encrypted GroupInfo.
struct WelcomeKey {
  Secret key;
  Bytes nonce;
};
[[nodiscard]] WelcomeKey welcome_key(const Secret& welcome_secret);
// 8.3
[[nodiscard]] crypto::HpkeKeyPair external_key_pair(const Secret& external_secret);
struct ExternalInitSecret {
  Bytes kem_output;
  Secret init_secret;
};
[[nodiscard]] Result<ExternalInitSecret> send_external_init(ByteView external_pub,
                                                            crypto::Random& random);
[[nodiscard]] Result<Secret> receive_external_init(const Secret& external_secret,
                                                   ByteView kem_output);
// 8.5
void export_secret(const Secret& exporter_secret, std::string_view label, ByteView context,
                   std::span<std::uint8_t> out);

}  // namespace xom::mls
