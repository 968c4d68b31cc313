// welcome, passive-client (welcome, handling-commit, random).
#include "protocol/crypto/aead.h"
#include "protocol/mls/group.h"
#include "protocol/mls/transcript_hash.h"
#include "tests/vectors/formats.h"

namespace xom::vectors {

namespace {

template <class T>
std::optional<T> message_of(Check& check, const char* field) {
  auto message = mls::read_message(check.bytes(field));
  if (!check.good(message, field)) return std::nullopt;
  if (auto* value = std::get_if<T>(&message->value)) return std::move(*value);
  check.refuse(std::string(field) + ": another kind of message");
  return std::nullopt;
}

class GivenPsks final : public mls::PskSource {
 public:
  explicit GivenPsks(Check& check) {
    for (const Json& fields : check.list("external_psks")) {
      Check given = check.inside(fields);
      psks_[given.bytes("psk_id")] =
          std::make_shared<const crypto::SecretBytes>(ByteView(given.bytes("psk")));
    }
  }
  // Resumption of an epoch that the client has been in.
  void remember(const mls::Group& group) {
    past_[raw(group.epoch())] = group.resumption_psk();
    group_id_ = group.public_group().context().group_id;
  }
  [[nodiscard]] std::shared_ptr<const crypto::SecretBytes> find(
      const mls::PreSharedKeyId& id) const override {
    if (id.type == mls::PskType::kExternal) {
      const auto found = psks_.find(id.id);
      return found == psks_.end() ? nullptr : found->second;
    }
    const auto found = past_.find(raw(id.epoch));
    return found == past_.end() || id.group_id != group_id_ ? nullptr : found->second;
  }

 private:
  std::map<Bytes, std::shared_ptr<const crypto::SecretBytes>> psks_;
  std::map<std::uint64_t, std::shared_ptr<const crypto::SecretBytes>> past_;
  Bytes group_id_;
};

void follow(Check& check, mls::Group& group, GivenPsks& psks) {
  psks.remember(group);
  const std::string after = " after epoch " + std::to_string(raw(group.epoch()));
  const auto process = [&](const Json& hex, const std::string& what) {
    const auto message = mls::read_message(check.bytes(hex));
    if (!check.good(message, what)) return false;
    auto processed = group.process(*message, psks, mls::no_policy());
    if (!check.good(processed, what)) return false;
    if (!processed->next) {
      check.refuse(what + ": removed");
      return false;
    }
    group = std::move(*processed->next);
    return true;
  };
  for (const Json& proposal : check.list("proposals")) {
    if (!process(proposal, "proposal" + after)) return;
  }
  if (!process(check.value("commit"), "commit" + after)) return;
  check.same(group.epoch_authenticator(), check.bytes("epoch_authenticator"),
             "epoch_authenticator" + after);
}

}  // namespace

void welcome(Check& check) {
  const auto key_package = message_of<mls::KeyPackage>(check, "key_package");
  const auto given = message_of<mls::Welcome>(check, "welcome");
  if (!key_package || !given) return;
  const Hash reference = key_package->reference();
  for (const mls::EncryptedGroupSecrets& entry : given->secrets) {
    if (!std::ranges::equal(entry.new_member, reference.bytes)) continue;
    const auto plaintext =
        mls::decrypt_with_label(check.bytes("init_priv"), "Welcome", given->encrypted_group_info,
                                entry.encrypted_group_secrets);
    if (!check.good(plaintext, "group secrets")) return;
    const auto secrets = mls::GroupSecrets::open_plaintext(plaintext->view());
    if (!check.good(secrets, "group secrets")) return;
    const ByteView joiner = secrets->joiner_secret.view();
    const mls::Secret no_psk = mls::psk_secret({});
    const mls::WelcomeKey key = mls::welcome_key(mls::welcome_secret(joiner, no_psk));
    const auto opened =
        crypto::aead_open(key.key.view(), key.nonce, {}, given->encrypted_group_info);
    if (!check.good(opened, "group info")) return;
    const auto info = mls::decode<mls::GroupInfo>(opened->view());
    if (!check.good(info, "group info")) return;
    (void)check.good(info->verify_signature(check.bytes("signer_pub")), "signature");
    const auto epoch = mls::epoch_secrets(joiner, no_psk, info->group_context);
    check.same(mls::confirmation_tag(epoch.confirmation_key,
                                     info->group_context.confirmed_transcript_hash),
               info->confirmation_tag, "confirmation tag");
    return;
  }
  check.refuse("the Welcome is for others");
}

void passive_client(Check& check) {
  const auto key_package = message_of<mls::KeyPackage>(check, "key_package");
  const auto given = message_of<mls::Welcome>(check, "welcome");
  if (!key_package || !given) return;
  const mls::KeyPackageSecrets secrets{check.secret("init_priv"), check.secret("encryption_priv")};
  check.same(crypto::HpkeKeyPair::from_private(secrets.init_key.view()).public_key,
             key_package->init_key, "init_priv");
  check.same(crypto::HpkeKeyPair::from_private(secrets.encryption_key.view()).public_key,
             key_package->leaf_node.encryption_key, "encryption_priv");
  const auto signer = crypto::SigningKey::from_seed(check.bytes("signature_priv"));
  if (!check.good(signer, "signature_priv")) return;
  check.same(signer->public_key_as<Hash>().view(), key_package->leaf_node.signature_key,
             "signature_priv");

  GivenPsks psks(check);
  Bytes tree;
  if (check.has("ratchet_tree")) tree = check.bytes("ratchet_tree");
  auto group = mls::Group::join(*given, *key_package, secrets, psks,
                                check.has("ratchet_tree") ? &tree : nullptr);
  if (!check.good(group, "join")) return;
  check.same(group->epoch_authenticator(), "initial_epoch_authenticator");
  for (const Json& fields : check.list("epochs")) {
    Check epoch = check.inside(fields);
    follow(epoch, *group, psks);
    if (!check.ok()) return;
  }
}

}  // namespace xom::vectors
