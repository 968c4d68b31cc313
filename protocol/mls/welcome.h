// RFC 9420, section 12.4.3: GroupInfo, Welcome and what is sealed in it.
#pragma once

#include "protocol/mls/group_context.h"
#include "protocol/mls/proposal.h"

namespace xom::mls {

struct GroupInfo {
  GroupContext group_context;
  Extensions extensions;   // kRatchetTree, kExternalPub
  Bytes confirmation_tag;  // 32 bytes
  LeafIndex signer{0};
  Bytes signature;
  void write(Output& out) const;
  [[nodiscard]] static GroupInfo read(Input& in);
  bool operator==(const GroupInfo&) const = default;
  void sign(const crypto::SigningKey& key);
  [[nodiscard]] Result<void> verify_signature(ByteView public_key) const;
  // 12.4.3.2: the key that who enters from outside seals to. kMalformed: none, or no usable one.
  [[nodiscard]] Result<Bytes> external_pub() const;
};

// Plaintext of an EncryptedGroupSecrets; wiped by its holders.
struct GroupSecrets {
  crypto::SecretBytes joiner_secret;
  std::optional<crypto::SecretBytes> path_secret;
  std::vector<PreSharedKeyId> psks;
  // Both sides are secret bytes.
  [[nodiscard]] crypto::SecretBytes seal_plaintext() const;
  [[nodiscard]] static Result<GroupSecrets> open_plaintext(ByteView plaintext);
};

struct EncryptedGroupSecrets {
  Bytes new_member;  // KeyPackageRef
  HpkeCiphertext encrypted_group_secrets;
  void write(Output& out) const;
  [[nodiscard]] static EncryptedGroupSecrets read(Input& in);
  bool operator==(const EncryptedGroupSecrets&) const = default;
};
struct Welcome {
  std::uint16_t cipher_suite = kSuite;
  std::vector<EncryptedGroupSecrets> secrets;
  Bytes encrypted_group_info;
  void write(Output& out) const;
  [[nodiscard]] static Welcome read(Input& in);
  bool operator==(const Welcome&) const = default;
};

}  // namespace xom::mls
