#include "protocol/mls/group.h"

#include "protocol/mls/group_builder.h"
#include "protocol/mls/transcript_hash.h"

namespace xom::mls {

namespace {

class NoPsks final : public PskSource {
 public:
  std::shared_ptr<const crypto::SecretBytes> find(const PreSharedKeyId& /*id*/) const override {
    return nullptr;
  }
};

}  // namespace

const PskSource& no_psks() {
  static const NoPsks none;
  return none;
}

Result<Secret> find_psk_secret(const std::vector<PreSharedKeyId>& ids, const PskSource& psks) {
  std::vector<Psk> found;
  found.reserve(ids.size());
  for (const PreSharedKeyId& id : ids) {
    auto value = psks.find(id);
    if (!value) return fail(ErrorCode::kNotFound, "12.4.2: a pre-shared key is unknown");
    found.push_back({id, std::move(value)});
  }
  return psk_secret(found);
}

NodeIndex common_ancestor(LeafIndex a, LeafIndex b, TreeSize size) {
  NodeIndex node = node_of(a);
  while (!is_in_subtree(node_of(b), node)) node = parent(node, size);
  return node;
}

Group GroupBuilder::enter(PublicGroup group, TreePrivateKeys keys, EpochSecrets secrets) {
  Group next;
  next.public_ = std::move(group);
  next.private_keys_ = std::move(keys);
  next.secret_tree_ = SecretTree(next.public_.tree().size(), secrets.encryption);
  // 9.2: the tree's root is used up by building the tree.
  secrets.encryption = Secret();
  next.secrets_ = std::make_shared<const EpochSecrets>(std::move(secrets));
  return next;
}

void GroupBuilder::confirm_first_epoch(PublicGroup& group, const Secret& confirmation_key) {
  group.confirmation_tag_ =
      mls::confirmation_tag(confirmation_key, group.context_.confirmed_transcript_hash);
  const Hash interim = mls::interim_transcript_hash(group.context_.confirmed_transcript_hash,
                                                    group.confirmation_tag_);
  group.interim_transcript_hash_.assign(interim.bytes.begin(), interim.bytes.end());
}

// 11
Group Group::found(const FoundOptions& options, Signed by) {
  crypto::HpkeKeyPair pair = crypto::HpkeKeyPair::generate(by.random);
  LeafNode leaf;
  leaf.encryption_key = pair.public_key;
  const auto signature_key = by.signer.public_key_as<DeviceKey>();
  leaf.signature_key.assign(signature_key.bytes.begin(), signature_key.bytes.end());
  leaf.credential.identity.assign(options.identity.begin(), options.identity.end());
  leaf.capabilities = Capabilities::own();
  leaf.source = LeafNodeSource::kKeyPackage;
  leaf.lifetime = options.lifetime;
  leaf.extensions = options.leaf_extensions;
  leaf.sign(by.signer, {options.group_id, LeafIndex{0}});

  TreePrivateKeys keys;
  keys.keys.emplace(node_of(keys.self),
                    std::make_shared<const Secret>(std::move(pair.private_key)));
  PublicGroup group =
      PublicGroup::found(options.group_id, std::move(leaf), options.context_extensions);
  EpochSecrets secrets = first_epoch_secrets(by.random);
  GroupBuilder::confirm_first_epoch(group, secrets.confirmation_key);
  return GroupBuilder::enter(std::move(group), std::move(keys), std::move(secrets));
}

ByteView Group::epoch_authenticator() const { return secrets_->epoch_authenticator.view(); }

crypto::SecretBytes Group::export_secret(std::string_view label, ByteView context,
                                         std::size_t length) const {
  crypto::SecretBytes out(length);
  mls::export_secret(secrets_->exporter, label, context, out.mutable_view());
  return out;
}

std::shared_ptr<const crypto::SecretBytes> Group::resumption_psk() const {
  return std::make_shared<const crypto::SecretBytes>(secrets_->resumption_psk.view());
}

// 12.4.3
GroupInfo Group::group_info(const crypto::SigningKey& signer) const {
  Output external_pub;
  external_pub.vector(external_key_pair(secrets_->external).public_key);
  GroupInfo info;
  info.group_context = public_.context();
  info.extensions = {
      {static_cast<std::uint16_t>(ExtensionType::kRatchetTree), public_.tree().encode()},
      {static_cast<std::uint16_t>(ExtensionType::kExternalPub), std::move(external_pub).take()}};
  const ByteView tag = public_.confirmation_tag();
  info.confirmation_tag.assign(tag.begin(), tag.end());
  info.signer = self();
  info.sign(signer);
  return info;
}

}  // namespace xom::mls
