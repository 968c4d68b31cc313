// RFC 9420, sections 5.3 (credentials), 7.2 (leaf nodes) and 7.3 (their validation).
#pragma once

#include <variant>

#include "protocol/mls/cipher_suite.h"
#include "protocol/mls/tree_math.h"

namespace xom::mls {

enum class CredentialType : std::uint16_t { kBasic = 1, kX509 = 2 };

struct Credential {
  std::uint16_t type = static_cast<std::uint16_t>(CredentialType::kBasic);
  Bytes identity;                   // kBasic: in Xóm the account's public key
  std::vector<Bytes> certificates;  // kX509: read and written, never accepted
  void write(Output& out) const;
  // Another type is kUnknownKind.
  [[nodiscard]] static Credential read(Input& in);
  bool operator==(const Credential&) const = default;
};

// Extensions of section 13.4, and our own private-use ones (schema/group.proto).
enum class ExtensionType : std::uint16_t {
  kApplicationId = 1,
  kRatchetTree = 2,
  kRequiredCapabilities = 3,
  kExternalPub = 4,
  kExternalSenders = 5,
  kLastResort = 10,  // draft-ietf-mls-extensions
  kLeafFacts = 0xF0A1,
  kPolicy = 0xF0A2,
};
struct Extension {
  std::uint16_t type = 0;
  Bytes data;
  void write(Output& out) const;
  [[nodiscard]] static Extension read(Input& in);
  bool operator==(const Extension&) const = default;
};
using Extensions = std::vector<Extension>;
// A list with each type at most once (13.4), else kMalformed.
[[nodiscard]] Extensions read_extensions(Input& in);
// Null if it is not there.
[[nodiscard]] const Bytes* find(const Extensions& extensions, ExtensionType type);

struct Capabilities {
  std::vector<std::uint16_t> versions, cipher_suites, extensions, proposals, credentials;
  // What this core can do and Xóm uses.
  [[nodiscard]] static Capabilities own();
  void write(Output& out) const;
  [[nodiscard]] static Capabilities read(Input& in);
  bool operator==(const Capabilities&) const = default;
  // Listed, or of those that all clients support (7.2; none of the credentials).
  [[nodiscard]] bool supports_extension(std::uint16_t type) const;
  [[nodiscard]] bool supports_proposal(std::uint16_t type) const;
  [[nodiscard]] bool supports_credential(std::uint16_t type) const;
};
// 11.1
struct RequiredCapabilities {
  std::vector<std::uint16_t> extensions, proposals, credentials;
  void write(Output& out) const;
  [[nodiscard]] static RequiredCapabilities read(Input& in);
  bool operator==(const RequiredCapabilities&) const = default;
};

struct Lifetime {
  std::uint64_t not_before = 0, not_after = 0;  // seconds since 1970
  bool operator==(const Lifetime&) const = default;
};

enum class LeafNodeSource : std::uint8_t { kKeyPackage = 1, kUpdate = 2, kCommit = 3 };

struct LeafNode {
  Bytes encryption_key, signature_key;
  Credential credential;
  Capabilities capabilities;
  LeafNodeSource source = LeafNodeSource::kKeyPackage;
  Lifetime lifetime;  // source kKeyPackage
  Bytes parent_hash;  // source kCommit
  Extensions extensions;
  Bytes signature;

  void write(Output& out) const;
  [[nodiscard]] static LeafNode read(Input& in);
  bool operator==(const LeafNode&) const = default;

  // Where a leaf stands; its signature covers it unless the source is kKeyPackage.
  struct Place {
    ByteView group_id;
    LeafIndex index{0};
  };
  void sign(const crypto::SigningKey& key, const Place& place);
  // 7.3. kBadSignature. One signature verification.
  [[nodiscard]] Result<void> verify_signature(const Place& place) const;
};

// 11.1, 13.4: supports version, suite, the extensions of the group's context and what it requires.
[[nodiscard]] Result<void> check_support(const Capabilities& capabilities,
                                         const Extensions& group_context);
// Section 7.3, what a leaf must hold by itself or against the group's context extensions
// (check_support included). The rest (uniqueness, support by all members) needs the tree: of a
// whole tree in tree_validation.h, of leaves that proposals bring in apply_proposals.cpp, of a path
// in commit_validation.cpp; that an Update brings a new key in proposal_validation.cpp. No clock,
// and no judgement of lifetimes.
[[nodiscard]] Result<void> check_leaf(const LeafNode& leaf, LeafNodeSource expected,
                                      const Extensions& group_context);
// 7.2, 7.3: the total lifetime is at most kMaxLifetimeSpan (Rule::kLifetimeSpan). The limit is the
// application's: its policy asks for this, the RFC's rules alone do not.
[[nodiscard]] Result<void> check_lifetime_span(const Lifetime& lifetime);

}  // namespace xom::mls
