#include "protocol/mls/message_protection.h"

#include "protocol/base/rule.h"
#include "protocol/crypto/aead.h"
#include "protocol/crypto/hkdf.h"
#include "protocol/mls/limits.h"
#include "protocol/mls/sender_data.h"

namespace xom::mls {

namespace {

// More than the fields of a PrivateMessage take that are not counted below.
constexpr std::size_t kFrameBytes = 256;

// About how long the content's FramedContentTBS is.
std::size_t expected_size(const FramedContent& content, const GroupContext& context) {
  std::size_t size = 2048 + content.authenticated_data.size();
  for (const Extension& extension : context.extensions) size += extension.data.size();
  const auto* commit = std::get_if<Commit>(&content.content);
  if (commit == nullptr || !commit->path) return size;
  for (const UpdatePathNode& node : commit->path->nodes) size += node.encrypted_path_secret.bytes();
  return size;
}

// 6.2, of AuthenticatedContentTBM
Secret membership_tag(const FramedContent& content, const FramedContentAuthData& auth,
                      const Secret& membership_key, const GroupContext& context) {
  const ContentBytes bytes(WireFormat::kPublicMessage, content, context);
  Output rest;
  auth.write(rest, content.type());
  const std::array<ByteView, 2> parts = {bytes.to_be_signed(), rest.view()};
  return crypto::hmac_sha256(membership_key.view(), parts);
}

RatchetType ratchet_of(ContentType type) {
  return type == ContentType::kApplication ? RatchetType::kApplication : RatchetType::kHandshake;
}

// 6.3.1, PrivateContentAAD
Bytes additional_data(const PrivateMessage& message) {
  Output out;
  out.vector(message.group_id);
  out.u64(raw(message.epoch));
  out.u8(raw(message.content_type));
  out.vector(message.authenticated_data);
  return std::move(out).take();
}

// 6.3.1
void apply_reuse_guard(MessageKey& key, const std::array<std::uint8_t, 4>& guard) {
  for (std::size_t i = 0; i < guard.size(); ++i) key.nonce.mutable_view()[i] ^= guard[i];
}

// 6.3.1, PrivateMessageContent
Bytes padded_content(const AuthenticatedContent& content, std::size_t padding_block) {
  Output out;
  content.content.write_selected(out);
  content.auth.write(out, content.content.type());
  Bytes plaintext = std::move(out).take();
  if (padding_block != 0) {
    const std::size_t over = plaintext.size() % padding_block;
    if (over != 0) plaintext.resize(plaintext.size() + padding_block - over);
  }
  return plaintext;
}

Result<void> read_padded_content(ByteView plaintext, ContentType type, AuthenticatedContent& out) {
  Input in(plaintext);
  out.content.read_selected(in, type);
  out.auth = FramedContentAuthData::read(in, type);
  if (!in.ok()) return std::unexpected(in.finish().error().during("6.3.1"));
  // All of it is looked at, wherever the first wrong byte stands.
  std::uint8_t any = 0;
  for (const std::uint8_t byte : in.rest()) any |= byte;
  if (any != 0) return fail(ErrorCode::kMalformed, "6.3.1: padding that is not zero");
  return {};
}

}  // namespace

// 6.1, FramedContentTBS
ContentBytes::ContentBytes(WireFormat wire_format, const FramedContent& content,
                           const GroupContext& context)
    : signed_("FramedContentTBS", expected_size(content, context)) {
  Output& out = signed_.content();
  out.u16(kProtocolMls10);
  const std::size_t before = out.view().size();
  out.u16(raw(wire_format));
  content.write(out);
  content_size_ = out.view().size() - before;
  const SenderType sender = content.sender.type;
  if (sender == SenderType::kMember || sender == SenderType::kNewMemberCommit) context.write(out);
  signed_.close();
}

Result<void> ContentBytes::verify(ByteView public_key, ByteView signature) const {
  if (!enforced(Rule::kContentSignature)) return {};
  return signed_.verify(public_key, signature);
}

ByteView ContentBytes::format_and_content() const {
  return to_be_signed().subspan(sizeof kProtocolMls10, content_size_);
}

AuthenticatedContent sign_content(WireFormat wire_format, FramedContent content,
                                  const crypto::SigningKey& signer, const GroupContext& context) {
  Bytes signature = ContentBytes(wire_format, content, context).sign(signer);
  return {wire_format, std::move(content), {std::move(signature), {}}};
}

Result<void> verify_content(const AuthenticatedContent& content, ByteView public_key,
                            const GroupContext& context) {
  return ContentBytes(content.wire_format, content.content, context)
      .verify(public_key, content.auth.signature);
}

PublicMessage protect_public(AuthenticatedContent content, const Secret& membership_key,
                             const GroupContext& context) {
  PublicMessage message{std::move(content.content), std::move(content.auth), {}};
  if (message.content.sender.type == SenderType::kMember) {
    const Secret tag = membership_tag(message.content, message.auth, membership_key, context);
    message.membership_tag.assign(tag.view().begin(), tag.view().end());
  }
  return message;
}

Result<AuthenticatedContent> unprotect_public(PublicMessage message, const Secret& membership_key,
                                              const GroupContext& context) {
  if (enforced(Rule::kMembershipTag) && message.content.sender.type == SenderType::kMember) {
    const Secret tag = membership_tag(message.content, message.auth, membership_key, context);
    if (!crypto::equal_secret(tag.view(), message.membership_tag)) {
      return fail(ErrorCode::kBadSignature, "6.2: bad membership tag");
    }
  }
  return without_tag(std::move(message));
}

AuthenticatedContent without_tag(PublicMessage message) {
  return {WireFormat::kPublicMessage, std::move(message.content), std::move(message.auth)};
}

Result<PrivateMessage> protect_private(const AuthenticatedContent& content,
                                       const Secret& sender_data_secret, SecretTree& tree,
                                       std::size_t padding_block, crypto::Random& random) {
  const FramedContent& framed = content.content;
  if (framed.sender.type != SenderType::kMember) {
    return fail(ErrorCode::kNotPermitted, "6.3.2: only members encrypt");
  }
  PrivateMessage message{framed.group_id,           framed.epoch, framed.type(),
                         framed.authenticated_data, {},           {}};
  const Bytes plaintext = padded_content(content, padding_block);
  if (plaintext.size() + framed.authenticated_data.size() + framed.group_id.size() + kFrameBytes >
      kMaxMessageBytes) {
    return fail(ErrorCode::kTooLarge, "6.3: nobody would read a message of this size");
  }
  const LeafIndex sender{framed.sender.index};
  auto key = tree.next(sender, ratchet_of(framed.type()));
  if (!key) return std::unexpected(key.error());
  SenderData data{sender, key->generation, {}};
  random.fill(data.reuse_guard);
  apply_reuse_guard(*key, data.reuse_guard);
  message.ciphertext =
      crypto::aead_seal(key->key.view(), key->nonce.view(), additional_data(message), plaintext);
  message.encrypted_sender_data = seal_sender_data(data, message, sender_data_secret);
  return message;
}

Result<AuthenticatedContent> unprotect_private(const PrivateMessage& message,
                                               const Secret& sender_data_secret, SecretTree& tree) {
  const auto data = open_sender_data(message, sender_data_secret);
  if (!data) return std::unexpected(data.error());
  SecretTree next = tree;
  auto key = next.take(data->leaf, ratchet_of(message.content_type), data->generation);
  if (!key) return std::unexpected(key.error());
  apply_reuse_guard(*key, data->reuse_guard);
  const auto plaintext = crypto::aead_open(key->key.view(), key->nonce.view(),
                                           additional_data(message), message.ciphertext);
  if (!plaintext) return std::unexpected(plaintext.error().during("6.3.1"));
  AuthenticatedContent content;
  content.wire_format = WireFormat::kPrivateMessage;
  content.content.group_id = message.group_id;
  content.content.epoch = message.epoch;
  content.content.sender = {SenderType::kMember, raw(data->leaf)};
  content.content.authenticated_data = message.authenticated_data;
  auto read = read_padded_content(plaintext->view(), message.content_type, content);
  if (!read) return std::unexpected(read.error());
  tree = std::move(next);
  return content;
}

}  // namespace xom::mls
