// RFC 9420, sections 6.1 to 6.3: signing, tagging, sealing and opening of messages. Pure functions:
// which keys, is the caller's business.
#pragma once

#include "protocol/mls/framing.h"
#include "protocol/mls/key_schedule.h"
#include "protocol/mls/secret_tree.h"

namespace xom::mls {

// A content as its signature (6.1), its membership tag (6.2) and the transcript hash (8.2) cover
// it. They begin alike, and a path is long: it is written once.
class ContentBytes {
 public:
  ContentBytes(WireFormat wire_format, const FramedContent& content, const GroupContext& context);
  // kBadSignature. One signature verification (Rule::kContentSignature).
  [[nodiscard]] Result<void> verify(ByteView public_key, ByteView signature) const;
  [[nodiscard]] Bytes sign(const crypto::SigningKey& key) const { return signed_.sign(key); }
  [[nodiscard]] ByteView to_be_signed() const { return signed_.written(); }  // FramedContentTBS
  // The wire format and the content: what a transcript hash's input begins with.
  [[nodiscard]] ByteView format_and_content() const;

 private:
  SignContent signed_;
  std::size_t content_size_;
};

// FramedContentTBS; the context is part of it for members and new_member_commit (6.1).
[[nodiscard]] AuthenticatedContent sign_content(WireFormat wire_format, FramedContent content,
                                                const crypto::SigningKey& signer,
                                                const GroupContext& context);
// As ContentBytes::verify().
[[nodiscard]] Result<void> verify_content(const AuthenticatedContent& content, ByteView public_key,
                                          const GroupContext& context);

// 6.2. A member's message gets its membership tag.
[[nodiscard]] PublicMessage protect_public(AuthenticatedContent content,
                                           const Secret& membership_key,
                                           const GroupContext& context);
// kBadSignature unless the tag of a member is right (Rule::kMembershipTag). The signature is not
// looked at here.
[[nodiscard]] Result<AuthenticatedContent> unprotect_public(PublicMessage message,
                                                            const Secret& membership_key,
                                                            const GroupContext& context);
// The same for those who hold no secrets: the tag is dropped.
[[nodiscard]] AuthenticatedContent without_tag(PublicMessage message);

// 6.3. Sealed with the sender's next key, padded to a multiple of `padding_block` bytes (0: none).
// kNotPermitted: the sender is no member; kTooLarge: over kMaxMessageBytes; next()'s errors.
[[nodiscard]] Result<PrivateMessage> protect_private(const AuthenticatedContent& content,
                                                     const Secret& sender_data_secret,
                                                     SecretTree& tree, std::size_t padding_block,
                                                     crypto::Random& random);
// Changes `tree` only if the message opens. kBadSignature: it does not open (the content's
// signature is not looked at here); kNotFound: its key is used up; kTooLarge: too far ahead;
// kMalformed: padding that is not zero, content that does not parse (also kUnknownKind: a proposal
// of another type), a sender outside the tree.
[[nodiscard]] Result<AuthenticatedContent> unprotect_private(const PrivateMessage& message,
                                                             const Secret& sender_data_secret,
                                                             SecretTree& tree);

}  // namespace xom::mls
