#include "protocol/mls/key_package.h"

#include "protocol/mls/fields.h"

namespace xom::mls {

namespace {

// Section 10, KeyPackageTBS.
void write_all_but_signature(const KeyPackage& package, Output& out) {
  out.u16(package.version);
  out.u16(package.cipher_suite);
  out.vector(package.init_key);
  package.leaf_node.write(out);
  out.list(package.extensions);
}
SignContent to_be_signed(const KeyPackage& package) {
  constexpr std::size_t kExpected = 1024;
  SignContent bytes("KeyPackageTBS", kExpected);
  write_all_but_signature(package, bytes.content());
  bytes.close();
  return bytes;
}

}  // namespace

// Section 10.
void KeyPackage::write(Output& out) const {
  write_all_but_signature(*this, out);
  out.vector(signature);
}

KeyPackage KeyPackage::read(Input& in) {
  KeyPackage package;
  package.version = in.u16();
  package.cipher_suite = in.u16();
  package.init_key = read_field(in);
  package.leaf_node = LeafNode::read(in);
  package.extensions = read_extensions(in);
  package.signature = read_field(in);
  return package;
}

Hash KeyPackage::reference() const { return key_package_ref(encode(*this)); }

void KeyPackage::sign(const crypto::SigningKey& key) { signature = to_be_signed(*this).sign(key); }

Result<void> KeyPackage::check() const {
  // 10.1: cipher suite and version of the group.
  if (version != kProtocolMls10 || cipher_suite != kSuite) {
    return fail(ErrorCode::kMalformed, "10.1: version or cipher suite of a key package");
  }
  // 10.1, 7.3: the leaf.
  if (auto ok = check_leaf(leaf_node, LeafNodeSource::kKeyPackage, {}); !ok) return ok;
  // 10: the own extensions are listed.
  for (const Extension& extension : extensions) {
    if (!leaf_node.capabilities.supports_extension(extension.type)) {
      return fail(ErrorCode::kMalformed, "10: a key package does not list one of its extensions");
    }
  }
  // 10.1: the init key is another key.
  constexpr std::size_t kKeyBytes = 32;
  if (init_key.size() != kKeyBytes || init_key == leaf_node.encryption_key) {
    return fail(ErrorCode::kMalformed, "10.1: init key of a key package");
  }
  if (auto ok = leaf_node.verify_signature({}); !ok) {
    return std::unexpected(ok.error().during("7.3: leaf of a key package"));
  }
  // 10.1: the signature of the whole.
  if (auto ok = to_be_signed(*this).verify(leaf_node.signature_key, signature); !ok) {
    return std::unexpected(ok.error().during("10.1: key package"));
  }
  return {};
}

NewKeyPackage make_key_package(const crypto::SigningKey& signer, const KeyPackageOptions& options,
                               crypto::Random& random) {
  auto init = crypto::HpkeKeyPair::generate(random);
  auto encryption = crypto::HpkeKeyPair::generate(random);
  KeyPackage package;
  package.init_key = std::move(init.public_key);
  LeafNode& leaf = package.leaf_node;
  leaf.encryption_key = std::move(encryption.public_key);
  const auto signature_key = signer.public_key_as<DeviceKey>();
  leaf.signature_key.assign(signature_key.bytes.begin(), signature_key.bytes.end());
  leaf.credential.identity = options.identity;
  leaf.capabilities = Capabilities::own();
  leaf.source = LeafNodeSource::kKeyPackage;
  leaf.lifetime = options.lifetime;
  leaf.extensions = options.leaf_extensions;
  leaf.sign(signer, {});
  if (options.last_resort) package.extensions = {{raw(ExtensionType::kLastResort), {}}};
  package.sign(signer);
  return {std::move(package), {std::move(init.private_key), std::move(encryption.private_key)}};
}

}  // namespace xom::mls
