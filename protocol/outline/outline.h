// Bounded reader of what is public in MLS messages (RFC 9420): what a delivery service may look at.
// It checks framing, not signatures or tags. Views point into the input, which must outlive them.
#pragma once

#include <variant>
#include <vector>

#include "protocol/base/bytes.h"

namespace xom::outline {

inline constexpr std::size_t kMaxMessage =
    1024 * 1024;  // bytes; a Welcome with a tree of 1,000 members is 200 KB
inline constexpr std::size_t kMaxIdentifier =
    256;  // bytes of group ids, keys, hashes, tags and signatures
inline constexpr std::size_t kMaxAuthenticatedData =
    64 * 1024;  // bytes; holds the proofs of up to kMaxProposals Adds in practice
inline constexpr std::size_t kMaxProposals = 256;       // in one commit
inline constexpr std::size_t kMaxWelcomeSecrets = 256;  // one per Add
inline constexpr std::size_t kMaxListItems =
    4096;  // extensions, capabilities, certificates, path nodes

// MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519
inline constexpr std::uint16_t kCipherSuite = 0x0003;

enum class SenderType : std::uint8_t {
  kMember = 1,
  kExternal,
  kNewMemberProposal,
  kNewMemberCommit
};
enum class ContentType : std::uint8_t { kApplication = 1, kProposal, kCommit };
enum class ProposalType : std::uint16_t {
  kAdd = 1,
  kUpdate,
  kRemove,
  kPreSharedKey,
  kReInit,
  kExternalInit,
  kGroupContextExtensions,
};

struct KeyPackage {
  std::uint16_t version = 0;
  std::uint16_t cipher_suite = 0;
  ByteView init_key;
  ByteView encryption_key;
  ByteView signature_key;  // of the leaf
  ByteView identity;       // of a basic credential; empty with another type
  std::uint16_t credential_type = 0;
  std::uint64_t not_before = 0;  // seconds since 1970
  std::uint64_t not_after = 0;
  ByteView encoded;  // the KeyPackage without the MLSMessage around it
};
// RefHash("MLS 1.0 KeyPackage Reference", KeyPackage), SHA-256 (section 5.2).
[[nodiscard]] Hash key_package_ref(const KeyPackage& key_package);

struct Proposal {
  bool by_reference = false;  // then `encoded` is the ProposalRef and the type unknown
  ProposalType type{};
  ByteView encoded;
};
struct Commit {
  std::vector<Proposal> proposals;
  std::vector<KeyPackage> adds;        // of inline Adds, in order
  std::vector<std::uint32_t> removes;  // leaf indexes of inline Removes, in order
  bool has_path = false;
};

struct PublicMessage {
  ByteView group_id;
  Epoch epoch{0};
  SenderType sender{};
  std::uint32_t sender_index = 0;  // leaf of a member, index of an external sender
  ByteView authenticated_data;
  ContentType content_type{};
  ByteView content;  // ApplicationData's bytes, the Proposal, or the Commit
  Commit commit;     // if content_type is kCommit
  ByteView signature;
  ByteView confirmation_tag;  // of a commit
  ByteView membership_tag;    // of a member
};
struct PrivateMessage {
  ByteView group_id;
  Epoch epoch{0};
  ContentType content_type{};
  ByteView authenticated_data;
};
struct Welcome {
  std::uint16_t cipher_suite = 0;
  std::vector<ByteView> new_members;  // KeyPackageRefs
};
struct GroupInfo {
  std::uint16_t version = 0;
  std::uint16_t cipher_suite = 0;
  ByteView group_id;
  Epoch epoch{0};
  ByteView tree_hash;
  ByteView confirmed_transcript_hash;
  ByteView confirmation_tag;
  std::uint32_t signer = 0;
};

using Message = std::variant<PublicMessage, PrivateMessage, Welcome, GroupInfo, KeyPackage>;

// One MLSMessage of version mls10 that fills `bytes` exactly. kMalformed, kTooLarge (message, list
// or field over its limit), kUnsupportedVersion, kUnknownKind (wire format or proposal type).
[[nodiscard]] Result<Message> read_message(ByteView bytes);
// The same, of one wire format; another one is kUnknownKind.
[[nodiscard]] Result<PublicMessage> read_public_message(ByteView bytes);
[[nodiscard]] Result<PrivateMessage> read_private_message(ByteView bytes);
[[nodiscard]] Result<Welcome> read_welcome(ByteView bytes);
[[nodiscard]] Result<GroupInfo> read_group_info(ByteView bytes);
[[nodiscard]] Result<KeyPackage> read_key_package(ByteView bytes);

}  // namespace xom::outline
