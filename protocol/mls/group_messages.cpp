// RFC 9420, sections 12.1 and 15: proposals and application messages of a member.
#include "protocol/mls/group.h"
#include "protocol/mls/limits.h"
#include "protocol/mls/message_protection.h"

namespace xom::mls {

namespace {

// 12.4.2: a group that a ReInit ended sends nothing any more.
Result<void> check_alive(const PublicGroup& group) {
  if (!group.ended()) return {};
  return fail(ErrorCode::kNotPermitted, "12.4.2: the group was ended by a ReInit");
}

}  // namespace

Result<Group::Proposed> Group::propose(Proposal proposal, ByteView authenticated_data,
                                       Signed by) const {
  if (auto alive = check_alive(public_); !alive) return std::unexpected(alive.error());
  const GroupContext& context = public_.context();
  Group next = *this;
  if (auto* update = std::get_if<Update>(&proposal.value)) {
    crypto::HpkeKeyPair pair = crypto::HpkeKeyPair::generate(by.random);
    LeafNode& leaf = update->leaf_node;
    const auto signature_key = by.signer.public_key_as<DeviceKey>();
    leaf.encryption_key = pair.public_key;
    leaf.signature_key.assign(signature_key.bytes.begin(), signature_key.bytes.end());
    leaf.source = LeafNodeSource::kUpdate;
    leaf.lifetime = {};
    leaf.parent_hash.clear();
    leaf.sign(by.signer, {context.group_id, self()});
    next.own_updates_.emplace(std::move(pair.public_key),
                              std::make_shared<const Secret>(std::move(pair.private_key)));
  }
  FramedContent content{context.group_id,
                        context.epoch,
                        {SenderType::kMember, raw(self())},
                        Bytes(authenticated_data.begin(), authenticated_data.end()),
                        std::move(proposal)};
  AuthenticatedContent signed_content =
      sign_content(WireFormat::kPublicMessage, std::move(content), by.signer, context);
  auto remembered = public_.with_proposal(signed_content);
  if (!remembered) return std::unexpected(remembered.error());
  next.public_ = std::move(*remembered);
  return Proposed{std::move(next),
                  protect_public(std::move(signed_content), secrets_->membership_key, context)};
}

Result<Group::Encrypted> Group::encrypt(ByteView plaintext, ByteView authenticated_data,
                                        Signed by) const {
  if (auto alive = check_alive(public_); !alive) return std::unexpected(alive.error());
  // 12.4: so that a member whose removal was proposed reads no message that is sent afterwards.
  if (!public_.pending().empty()) {
    return fail(ErrorCode::kConflict, "12.4: what was proposed is to be committed first");
  }
  const GroupContext& context = public_.context();
  FramedContent content{context.group_id,
                        context.epoch,
                        {SenderType::kMember, raw(self())},
                        Bytes(authenticated_data.begin(), authenticated_data.end()),
                        ApplicationData{Bytes(plaintext.begin(), plaintext.end())}};
  const AuthenticatedContent signed_content =
      sign_content(WireFormat::kPrivateMessage, std::move(content), by.signer, context);
  Group next = *this;
  auto message = protect_private(signed_content, secrets_->sender_data, next.secret_tree_,
                                 kPaddingBlock, by.random);
  if (!message) return std::unexpected(message.error());
  return Encrypted{std::move(next), std::move(*message)};
}

Result<Group::Decrypted> Group::decrypt(const PrivateMessage& message) const {
  Group next = *this;
  auto decrypted = next.decrypt_in_place(message);
  if (decrypted) decrypted->next = std::move(next);
  return decrypted;
}

Result<Group::Decrypted> Group::decrypt_in_place(const PrivateMessage& message) {
  if (auto now = public_.check_epoch(message.group_id, message.epoch); !now) {
    return std::unexpected(now.error());
  }
  if (message.content_type != ContentType::kApplication) {
    return fail(ErrorCode::kMalformed, "15: a handshake is no application data");
  }
  SecretTree ratchets = secret_tree_;
  auto content = unprotect_private(message, secrets_->sender_data, ratchets);
  if (!content) return std::unexpected(content.error());
  const Sender& sender = content->content.sender;
  const Bytes* key = public_.signature_key(sender);
  if (!key) return fail(ErrorCode::kMalformed, "6.3.1: the sender's leaf is blank");
  if (auto good = verify_content(*content, *key, public_.context()); !good) {
    return std::unexpected(good.error());
  }
  if (sender.index == raw(self())) {
    return fail(ErrorCode::kNotPermitted, "15: an own message");
  }
  // Only now is the key used up: who forges a message in another's name takes nothing away.
  secret_tree_ = std::move(ratchets);
  return Decrypted{std::nullopt, LeafIndex{sender.index},
                   crypto::SecretBytes(std::get<ApplicationData>(content->content.content).data),
                   std::move(content->content.authenticated_data)};
}

}  // namespace xom::mls
