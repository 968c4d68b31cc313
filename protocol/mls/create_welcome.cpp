// RFC 9420, sections 12.4.1 and 12.4.3.1: the Welcome of a commit.
#include "protocol/crypto/aead.h"
#include "protocol/mls/group_builder.h"

namespace xom::mls {

namespace {

// The secret of the lowest node that newcomer and committer share; every later one follows from it.
Result<crypto::SecretBytes> path_secret_for(const WelcomeFacts& facts, LeafIndex newcomer) {
  const NodeIndex shared = common_ancestor(facts.committer, newcomer, facts.tree.size());
  const auto path = facts.tree.filtered_direct_path(facts.committer);
  for (std::size_t i = 0; i < path.size() && i < facts.path_secrets->size(); ++i) {
    if (path[i].node == shared) return crypto::SecretBytes((*facts.path_secrets)[i].view());
  }
  return fail(ErrorCode::kInternal, "12.4.1: a newcomer below no node of the path");
}

}  // namespace

Result<Welcome> make_welcome(const WelcomeFacts& facts, crypto::Random& random) {
  Welcome welcome;
  const WelcomeKey key = welcome_key(welcome_secret(facts.joiner_secret.view(), facts.psk_secret));
  welcome.encrypted_group_info =
      crypto::aead_seal(key.key.view(), key.nonce, {}, encode(facts.group_info));
  auto leaf = facts.added.begin();
  for (const ResolvedProposal& resolved : facts.proposals) {
    const auto* add = std::get_if<Add>(&resolved.proposal.value);
    if (!add) continue;
    if (leaf == facts.added.end()) return fail(ErrorCode::kInternal, "12.4.1: an Add without leaf");
    GroupSecrets secrets{crypto::SecretBytes(facts.joiner_secret.view()), {}, facts.psks};
    if (facts.path_secrets) {
      auto path_secret = path_secret_for(facts, *leaf);
      if (!path_secret) return std::unexpected(path_secret.error());
      secrets.path_secret = std::move(*path_secret);
    }
    const crypto::SecretBytes plaintext = secrets.seal_plaintext();
    auto sealed = encrypt_with_label(add->key_package.init_key, "Welcome",
                                     welcome.encrypted_group_info, plaintext.view(), random);
    if (!sealed) return std::unexpected(sealed.error());
    const Hash reference = add->key_package.reference();
    welcome.secrets.push_back(
        {Bytes(reference.bytes.begin(), reference.bytes.end()), std::move(*sealed)});
    ++leaf;
  }
  return welcome;
}

}  // namespace xom::mls
