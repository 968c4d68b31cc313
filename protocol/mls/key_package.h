// RFC 9420, section 10: key packages.
#pragma once

#include "protocol/mls/leaf_node.h"

namespace xom::mls {

struct KeyPackage {
  std::uint16_t version = kProtocolMls10;
  std::uint16_t cipher_suite = kSuite;
  Bytes init_key;
  LeafNode leaf_node;
  Extensions extensions;
  Bytes signature;

  void write(Output& out) const;
  [[nodiscard]] static KeyPackage read(Input& in);
  bool operator==(const KeyPackage&) const = default;

  [[nodiscard]] Hash reference() const;  // 5.2
  void sign(const crypto::SigningKey& key);
  // 10.1: version and suite, leaf (source, signature), signature, init key other than the leaf's.
  // Two signature verifications.
  [[nodiscard]] Result<void> check() const;
};

// Private keys of a KeyPackage; to be stored before it is published.
struct KeyPackageSecrets {
  Secret init_key;
  Secret encryption_key;
};
struct NewKeyPackage {
  KeyPackage key_package;
  KeyPackageSecrets secrets;
};
struct KeyPackageOptions {
  Bytes identity;              // of the basic credential
  Extensions leaf_extensions;  // e.g. kLeafFacts
  Lifetime lifetime;
  bool last_resort = false;
};
[[nodiscard]] NewKeyPackage make_key_package(const crypto::SigningKey& signer,
                                             const KeyPackageOptions& options,
                                             crypto::Random& random);

}  // namespace xom::mls
