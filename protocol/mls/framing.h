// RFC 9420, section 6: messages.
#pragma once

#include "protocol/mls/commit.h"
#include "protocol/mls/welcome.h"

namespace xom::mls {

enum class SenderType : std::uint8_t {
  kMember = 1,
  kExternal = 2,
  kNewMemberProposal = 3,
  kNewMemberCommit = 4,
};
struct Sender {
  SenderType type = SenderType::kMember;
  std::uint32_t index = 0;  // leaf of a member, number of an external sender, else 0
  void write(Output& out) const;
  [[nodiscard]] static Sender read(Input& in);
  bool operator==(const Sender&) const = default;
};

enum class WireFormat : std::uint16_t {
  kPublicMessage = 1,
  kPrivateMessage = 2,
  kWelcome = 3,
  kGroupInfo = 4,
  kKeyPackage = 5,
};
enum class ContentType : std::uint8_t { kApplication = 1, kProposal = 2, kCommit = 3 };

struct ApplicationData {
  Bytes data;
  bool operator==(const ApplicationData&) const = default;
};
struct FramedContent {
  Bytes group_id;
  Epoch epoch{0};
  Sender sender;
  Bytes authenticated_data;
  std::variant<ApplicationData, Proposal, Commit> content;
  [[nodiscard]] ContentType type() const { return static_cast<ContentType>(content.index() + 1); }
  // The part that the type selects: PrivateMessageContent (6.3.1) holds it alone.
  void write_selected(Output& out) const;
  void read_selected(Input& in, ContentType type);
  void write(Output& out) const;
  [[nodiscard]] static FramedContent read(Input& in);
  bool operator==(const FramedContent&) const = default;
};

// 6.1
struct FramedContentAuthData {
  Bytes signature;
  Bytes confirmation_tag;  // of a commit; 32 bytes
  void write(Output& out, ContentType type) const;
  [[nodiscard]] static FramedContentAuthData read(Input& in, ContentType type);
  bool operator==(const FramedContentAuthData&) const = default;
};
struct AuthenticatedContent {
  WireFormat wire_format = WireFormat::kPublicMessage;
  FramedContent content;
  FramedContentAuthData auth;
  void write(Output& out) const;
  [[nodiscard]] static AuthenticatedContent read(Input& in);
  bool operator==(const AuthenticatedContent&) const = default;
};

// 6.2
struct PublicMessage {
  FramedContent content;
  FramedContentAuthData auth;
  Bytes membership_tag;  // of a member; 32 bytes
  void write(Output& out) const;
  // Application data in the clear is kMalformed.
  [[nodiscard]] static PublicMessage read(Input& in);
  bool operator==(const PublicMessage&) const = default;
};
// 6.3
struct PrivateMessage {
  Bytes group_id;
  Epoch epoch{0};
  ContentType content_type{};
  Bytes authenticated_data;
  Bytes encrypted_sender_data;
  Bytes ciphertext;
  void write(Output& out) const;
  [[nodiscard]] static PrivateMessage read(Input& in);
  bool operator==(const PrivateMessage&) const = default;
};

struct Message {
  std::variant<PublicMessage, PrivateMessage, Welcome, GroupInfo, KeyPackage> value;
  [[nodiscard]] WireFormat wire_format() const {
    return static_cast<WireFormat>(value.index() + 1);
  }
  void write(Output& out) const;
  [[nodiscard]] static Message read(Input& in);
  bool operator==(const Message&) const = default;
};
// decode<Message>, with the limit kMaxMessageBytes (kTooLarge).
[[nodiscard]] Result<Message> read_message(ByteView bytes);

}  // namespace xom::mls
