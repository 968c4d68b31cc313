// RFC 9420, section 12.4.2: a member takes in a handshake message.
#include <algorithm>

#include "protocol/base/rule.h"
#include "protocol/crypto/hkdf.h"
#include "protocol/mls/group_builder.h"
#include "protocol/mls/message_protection.h"
#include "protocol/mls/transcript_hash.h"

namespace xom::mls {

namespace {

// Opens what a member sent in either form (6.2, 6.3). `ratchets` loses the key that was used.
Result<AuthenticatedContent> open_handshake(const Message& message, const PublicGroup& group,
                                            const EpochSecrets& secrets, SecretTree& ratchets) {
  if (const auto* open = std::get_if<PublicMessage>(&message.value)) {
    // The epoch is read first: a message of another one is not invalid (12.4.2).
    if (auto now = group.check_epoch(open->content.group_id, open->content.epoch); !now) {
      return std::unexpected(now.error());
    }
    return unprotect_public(*open, secrets.membership_key, group.context());
  }
  if (const auto* sealed = std::get_if<PrivateMessage>(&message.value)) {
    if (auto now = group.check_epoch(sealed->group_id, sealed->epoch); !now) {
      return std::unexpected(now.error());
    }
    if (sealed->content_type == ContentType::kApplication) {
      return fail(ErrorCode::kMalformed, "12.4.2: application data is no handshake");
    }
    return unprotect_private(*sealed, secrets.sender_data, ratchets);
  }
  return fail(ErrorCode::kMalformed, "12.4.2: neither a proposal nor a commit");
}

// An own Update that this commit brings into force: its key takes the place of the leaf's (12.1.2).
Result<void> use_own_update(TreePrivateKeys& keys, const StagedCommit& staged,
                            const std::map<Bytes, std::shared_ptr<const Secret>>& own_updates) {
  if (std::find(staged.updated.begin(), staged.updated.end(), keys.self) == staged.updated.end()) {
    return {};
  }
  const Bytes* key = staged.after->tree().encryption_key(node_of(keys.self));
  const auto found = key ? own_updates.find(*key) : own_updates.end();
  if (found == own_updates.end()) {
    return fail(ErrorCode::kNotFound, "12.4.2: an own Update whose private key is not here");
  }
  keys.keys[node_of(keys.self)] = found->second;
  return {};
}

struct PathResult {
  TreePrivateKeys keys;
  Secret commit_secret;  // zeros without a path
};
Result<PathResult> take_path(const StagedCommit& staged, TreePrivateKeys keys) {
  const RatchetTree& tree = staged.after->tree();
  if (!staged.commit.path) return PathResult{std::move(keys), Secret()};
  auto opened = decrypt_path(tree, staged.committer, *staged.commit.path, keys, staged.added,
                             staged.path_context);
  if (!opened) return std::unexpected(opened.error());
  return PathResult{std::move(opened->private_keys), std::move(opened->commit_secret)};
}

// 12.4.2, the order of the key schedule: the old init secret, or the one that a joiner brought.
Result<EpochSecrets> next_secrets(const StagedCommit& staged, const EpochSecrets& old,
                                  const Secret& commit_secret, const Secret& psk) {
  const GroupContext& context = staged.after->context();
  if (!staged.external_init) {
    return epoch_secrets(joiner_secret(old.init, commit_secret, context).view(), psk, context);
  }
  auto init = receive_external_init(old.external, *staged.external_init);
  if (!init) return std::unexpected(init.error());
  return epoch_secrets(joiner_secret(*init, commit_secret, context).view(), psk, context);
}

}  // namespace

Result<Group::Processed> Group::process(const Message& message, const PskSource& psks,
                                        const Policy& policy) const {
  SecretTree ratchets = secret_tree_;
  auto content = open_handshake(message, public_, *secrets_, ratchets);
  if (!content) return std::unexpected(content.error());
  if (content->content.type() == ContentType::kProposal) {
    auto remembered = public_.with_proposal(*content);
    if (!remembered) return std::unexpected(remembered.error());
    Processed result{*this, std::nullopt};
    result.next->public_ = std::move(*remembered);
    result.next->secret_tree_ = std::move(ratchets);
    return result;
  }
  if (content->content.sender == Sender{SenderType::kMember, raw(self())}) {
    // Only the signature tells the own commit from one in the own name.
    const Bytes* key = public_.signature_key(content->content.sender);
    if (auto own = verify_content(*content, *key, public_.context()); !own) {
      return std::unexpected(own.error());
    }
    return fail(ErrorCode::kNotPermitted, "12.4.2: the own commit, whose next state was made");
  }
  auto staged = public_.stage(std::move(*content), policy);
  if (!staged) return std::unexpected(staged.error());
  // 12.4.2. The list is asked, not the leaf: the same commit may give the slot to somebody else.
  const bool removed =
      std::find(staged->removed.begin(), staged->removed.end(), self()) != staged->removed.end();
  if (enforced(Rule::kNoticeOwnRemoval) && removed) {
    return Processed{std::nullopt, std::move(*staged)};
  }

  TreePrivateKeys keys = private_keys_;
  keys.forget_changed(public_.tree(), staged->after->tree());
  if (auto used = use_own_update(keys, *staged, own_updates_); !used) {
    return std::unexpected(used.error());
  }
  auto path = take_path(*staged, std::move(keys));
  if (!path) return std::unexpected(path.error());
  auto psk = find_psk_secret(staged->psks, psks);
  if (!psk) return std::unexpected(psk.error());
  auto secrets = next_secrets(*staged, *secrets_, path->commit_secret, *psk);
  if (!secrets) return std::unexpected(secrets.error());
  const Bytes tag = confirmation_tag(secrets->confirmation_key,
                                     staged->after->context().confirmed_transcript_hash);
  if (enforced(Rule::kConfirmationTag) &&
      !crypto::equal_secret(tag, staged->after->confirmation_tag())) {
    return fail(ErrorCode::kBadSignature, "12.4.2: the confirmation tag is wrong");
  }
  Group next = GroupBuilder::enter(*staged->after, std::move(path->keys), std::move(*secrets));
  return Processed{std::move(next), std::move(*staged)};
}

}  // namespace xom::mls
