// RFC 9420, section 12.4.3.1: joining by a Welcome.
#include <algorithm>

#include "protocol/base/rule.h"
#include "protocol/crypto/aead.h"
#include "protocol/crypto/hkdf.h"
#include "protocol/mls/group_builder.h"
#include "protocol/mls/transcript_hash.h"

namespace xom::mls {

namespace {

Result<void> check_private_keys(const KeyPackage& key_package, const KeyPackageSecrets& secrets) {
  const auto belongs = [](const Secret& secret, const Bytes& key) {
    return crypto::HpkeKeyPair::from_private(secret.view()).public_key == key;
  };
  if (belongs(secrets.init_key, key_package.init_key) &&
      belongs(secrets.encryption_key, key_package.leaf_node.encryption_key)) {
    return {};
  }
  return fail(ErrorCode::kMalformed, "12.4.3.1: private keys of another KeyPackage");
}

Result<GroupSecrets> open_group_secrets(const Welcome& welcome, const KeyPackage& key_package,
                                        const Secret& init_key) {
  if (welcome.cipher_suite != key_package.cipher_suite || welcome.cipher_suite != kSuite) {
    return fail(ErrorCode::kMalformed, "12.4.3.1: the Welcome is of another cipher suite");
  }
  const Hash reference = key_package.reference();
  const auto mine = std::find_if(
      welcome.secrets.begin(), welcome.secrets.end(),
      [&](const auto& entry) { return std::ranges::equal(entry.new_member, reference.bytes); });
  if (mine == welcome.secrets.end()) {
    return fail(ErrorCode::kNotFound, "12.4.3.1: the Welcome is not for this KeyPackage");
  }
  auto plaintext = decrypt_with_label(init_key.view(), "Welcome", welcome.encrypted_group_info,
                                      mine->encrypted_group_secrets);
  if (!plaintext) return std::unexpected(plaintext.error());
  auto secrets = GroupSecrets::open_plaintext(plaintext->view());
  if (!secrets) return std::unexpected(secrets.error());
  for (const PreSharedKeyId& id : secrets->psks) {
    // 12.4.3.1, 11.2, 11.3: such a Welcome must be checked against the group that it goes on from.
    if (id.type == PskType::kResumption && id.usage != ResumptionUsage::kApplication) {
      return fail(ErrorCode::kNotPermitted, "12.4.3.1: a group that continues another one");
    }
  }
  return secrets;
}

Result<GroupInfo> open_group_info(const Welcome& welcome, ByteView joiner, const Secret& psk) {
  const WelcomeKey key = welcome_key(welcome_secret(joiner, psk));
  auto plaintext = crypto::aead_open(key.key.view(), key.nonce, {}, welcome.encrypted_group_info);
  if (!plaintext) return std::unexpected(plaintext.error());
  return decode<GroupInfo>(plaintext->view());
}

Result<LeafIndex> find_own_leaf(const RatchetTree& tree, const LeafNode& own) {
  for (LeafIndex index : tree.members()) {
    if (*tree.leaf(index) == own) return index;
  }
  return fail(ErrorCode::kMalformed, "12.4.3.1: the KeyPackage's leaf is not in the tree");
}

Result<void> learn_path_secret(TreePrivateKeys& keys, const RatchetTree& tree, LeafIndex signer,
                               ByteView path_secret) {
  if (signer == keys.self || path_secret.size() != 32) {
    return fail(ErrorCode::kMalformed, "12.4.3.1: a path secret that cannot be");
  }
  auto learnt = keys.learn_path(tree, signer, common_ancestor(keys.self, signer, tree.size()),
                                Secret(path_secret));
  if (!learnt) return std::unexpected(learnt.error());
  return {};
}

}  // namespace

Result<Group> Group::join(const Welcome& welcome, const KeyPackage& key_package,
                          const KeyPackageSecrets& secrets, const PskSource& psks,
                          const Bytes* separate_tree) {
  if (auto fits = check_private_keys(key_package, secrets); !fits) {
    return std::unexpected(fits.error());
  }
  auto group_secrets = open_group_secrets(welcome, key_package, secrets.init_key);
  if (!group_secrets) return std::unexpected(group_secrets.error());
  if (group_secrets->joiner_secret.size() != 32) {
    return fail(ErrorCode::kMalformed, "12.4.3.1: a joiner secret of the wrong length");
  }
  auto psk = find_psk_secret(group_secrets->psks, psks);
  if (!psk) return std::unexpected(psk.error());
  const ByteView joiner = group_secrets->joiner_secret.view();
  auto info = open_group_info(welcome, joiner, *psk);
  if (!info) return std::unexpected(info.error());
  auto group = PublicGroup::from_group_info(*info, {separate_tree});
  if (!group) return std::unexpected(group.error());
  auto self = find_own_leaf(group->tree(), key_package.leaf_node);
  if (!self) return std::unexpected(self.error());

  TreePrivateKeys keys;
  keys.self = *self;
  keys.keys.emplace(node_of(*self), std::make_shared<const Secret>(secrets.encryption_key.view()));
  if (group_secrets->path_secret) {
    auto learnt =
        learn_path_secret(keys, group->tree(), info->signer, group_secrets->path_secret->view());
    if (!learnt) return std::unexpected(learnt.error());
  }
  EpochSecrets epoch = epoch_secrets(joiner, *psk, group->context());
  const Bytes tag =
      mls::confirmation_tag(epoch.confirmation_key, group->context().confirmed_transcript_hash);
  if (enforced(Rule::kConfirmationTag) && !crypto::equal_secret(tag, info->confirmation_tag)) {
    return fail(ErrorCode::kBadSignature, "12.4.3.1: the confirmation tag is wrong");
  }
  return GroupBuilder::enter(std::move(*group), std::move(keys), std::move(epoch));
}

}  // namespace xom::mls
