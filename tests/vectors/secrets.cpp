// key-schedule, psk_secret, transcript-hashes, secret-tree.
#include "protocol/mls/key_schedule.h"
#include "protocol/mls/secret_tree.h"
#include "protocol/mls/sender_data.h"
#include "protocol/mls/transcript_hash.h"
#include "tests/vectors/formats.h"

namespace xom::vectors {

void key_schedule(Check& check) {
  mls::Secret init = check.secret("initial_init_secret");
  mls::GroupContext context;
  context.cipher_suite = static_cast<std::uint16_t>(check.number("cipher_suite"));
  context.group_id = check.bytes("group_id");
  for (const Json& fields : check.list("epochs")) {
    Check epoch = check.inside(fields);
    context.tree_hash = epoch.bytes("tree_hash");
    context.confirmed_transcript_hash = epoch.bytes("confirmed_transcript_hash");
    epoch.same(mls::encode(context), "group_context");
    const mls::Secret psk = epoch.secret("psk_secret");
    const mls::Secret joiner = mls::joiner_secret(init, epoch.secret("commit_secret"), context);
    epoch.same(joiner.view(), "joiner_secret");
    epoch.same(mls::welcome_secret(joiner.view(), psk).view(), "welcome_secret");
    mls::EpochSecrets secrets = mls::epoch_secrets(joiner.view(), psk, context);
    epoch.same(secrets.init.view(), "init_secret");
    epoch.same(secrets.sender_data.view(), "sender_data_secret");
    epoch.same(secrets.encryption.view(), "encryption_secret");
    epoch.same(secrets.exporter.view(), "exporter_secret");
    epoch.same(secrets.epoch_authenticator.view(), "epoch_authenticator");
    epoch.same(secrets.external.view(), "external_secret");
    epoch.same(secrets.confirmation_key.view(), "confirmation_key");
    epoch.same(secrets.membership_key.view(), "membership_key");
    epoch.same(secrets.resumption_psk.view(), "resumption_psk");
    epoch.same(mls::external_key_pair(secrets.external).public_key, "external_pub");
    Check exporter = epoch.inside("exporter");
    const std::uint64_t length = exporter.number("length");
    if (length > 255 * 32) return check.refuse("length of an exported secret");
    Bytes exported(length);
    mls::export_secret(secrets.exporter, exporter.text("label"), exporter.bytes("context"),
                       exported);
    exporter.same(exported, "secret");
    init = std::move(secrets.init);
    context.epoch = Epoch{raw(context.epoch) + 1};
  }
}

void psk_secret(Check& check) {
  std::vector<mls::Psk> psks;
  for (const Json& fields : check.list("psks")) {
    Check given = check.inside(fields);
    mls::Psk psk;
    psk.id.id = given.bytes("psk_id");
    psk.id.nonce = given.bytes("psk_nonce");
    psk.value = std::make_shared<const crypto::SecretBytes>(ByteView(given.bytes("psk")));
    psks.push_back(std::move(psk));
  }
  check.same(mls::psk_secret(psks).view(), "psk_secret");
}

void transcript_hashes(Check& check) {
  const auto content = mls::decode<mls::AuthenticatedContent>(check.bytes("authenticated_content"));
  if (!check.good(content, "authenticated_content")) return;
  if (content->content.type() != mls::ContentType::kCommit) return check.refuse("no commit");
  const Hash confirmed =
      mls::confirmed_transcript_hash(check.bytes("interim_transcript_hash_before"), *content);
  check.same(confirmed.view(), "confirmed_transcript_hash_after");
  const Bytes& tag = content->auth.confirmation_tag;
  check.same(mls::confirmation_tag(check.secret("confirmation_key"), confirmed.view()), tag,
             "confirmation_tag");
  check.same(mls::interim_transcript_hash(confirmed.view(), tag).view(),
             "interim_transcript_hash_after");
}

void secret_tree(Check& check) {
  Check sender_data = check.inside("sender_data");
  const mls::Secret secret = sender_data.secret("sender_data_secret");
  const Bytes ciphertext = sender_data.bytes("ciphertext");
  const mls::SenderDataKey derived = mls::sender_data_key(secret, ciphertext);
  sender_data.same(derived.key.view(), "key");
  sender_data.same(derived.nonce.view(), "nonce");

  const Json& leaves = check.list("leaves");
  if (leaves.empty()) return check.refuse("no leaves");
  mls::SecretTree tree(mls::TreeSize::for_leaves(static_cast<std::uint32_t>(leaves.size())),
                       check.secret("encryption_secret"));
  for (std::uint32_t leaf = 0; leaf < leaves.size(); ++leaf) {
    for (const Json& fields : leaves[leaf]) {
      Check generation = check.inside(fields);
      const auto number = static_cast<std::uint32_t>(generation.number("generation"));
      const auto equal = [&](mls::RatchetType type, const char* key_field,
                             const char* nonce_field) {
        const auto taken = tree.take(mls::LeafIndex{leaf}, type, number);
        if (!generation.good(taken, key_field)) return;
        generation.same(taken->key.view(), key_field);
        generation.same(taken->nonce.view(), nonce_field);
      };
      equal(mls::RatchetType::kHandshake, "handshake_key", "handshake_nonce");
      equal(mls::RatchetType::kApplication, "application_key", "application_nonce");
    }
  }
}

}  // namespace xom::vectors
