#include "protocol/mls/leaf_node.h"

#include <algorithm>

#include "protocol/base/rule.h"
#include "protocol/mls/fields.h"

namespace xom::mls {

namespace {

using Numbers = std::vector<std::uint16_t>;

void write_numbers(Output& out, const Numbers& numbers) {
  const Output::Open open = out.begin_vector(2 * numbers.size());
  for (const std::uint16_t number : numbers) out.u16(number);
  out.end_vector(open);
}

// Values that nobody knows stay in the list (13.5).
Numbers read_numbers(Input& in) {
  Input part(in.vector(2 * kMaxItems));
  Numbers numbers;
  numbers.reserve(part.rest().size() / 2);
  while (!part.empty()) numbers.push_back(part.u16());
  in.adopt(part);
  return numbers;
}

bool holds(const Numbers& numbers, std::uint16_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

void write_all_but_signature(const LeafNode& leaf, Output& out) {
  out.vector(leaf.encryption_key);
  out.vector(leaf.signature_key);
  leaf.credential.write(out);
  leaf.capabilities.write(out);
  out.u8(raw(leaf.source));
  if (leaf.source == LeafNodeSource::kKeyPackage) {
    out.u64(leaf.lifetime.not_before);
    out.u64(leaf.lifetime.not_after);
  } else if (leaf.source == LeafNodeSource::kCommit) {
    out.vector(leaf.parent_hash);
  }
  out.list(leaf.extensions);
}

// 7.2, LeafNodeTBS.
SignContent to_be_signed(const LeafNode& leaf, const LeafNode::Place& place) {
  constexpr std::size_t kExpected = 512;
  SignContent bytes("LeafNodeTBS", kExpected);
  Output& out = bytes.content();
  write_all_but_signature(leaf, out);
  if (leaf.source != LeafNodeSource::kKeyPackage) {
    out.vector(place.group_id);
    out.u32(raw(place.index));
  }
  bytes.close();
  return bytes;
}

}  // namespace

// 5.3
void Credential::write(Output& out) const {
  out.u16(type);
  if (type == raw(CredentialType::kX509)) {
    const Output::Open open = out.begin_vector(certificates.size());
    for (const Bytes& certificate : certificates) out.vector(certificate);
    out.end_vector(open);
  } else {
    out.vector(identity);
  }
}

Credential Credential::read(Input& in) {
  Credential credential;
  credential.type = in.u16();
  if (credential.type == raw(CredentialType::kBasic)) {
    credential.identity = read_field(in);
  } else if (credential.type == raw(CredentialType::kX509)) {
    Input part(in.vector(kMaxField));
    while (!part.empty() && credential.certificates.size() < kMaxItems) {
      credential.certificates.push_back(read_field(part));
    }
    in.adopt(part);
  } else {
    in.refuse(ErrorCode::kUnknownKind, "5.3: unknown type of credential");
  }
  return credential;
}

// 7.2
void Extension::write(Output& out) const {
  out.u16(type);
  out.vector(data);
}

Extension Extension::read(Input& in) {
  Extension extension;
  extension.type = in.u16();
  // Only the tree grows with the group.
  const ByteView data =
      in.vector(extension.type == raw(ExtensionType::kRatchetTree) ? kMaxMessageBytes : kMaxField);
  extension.data.assign(data.begin(), data.end());
  return extension;
}

Extensions read_extensions(Input& in) {
  Extensions extensions = read_list<Extension>(in, kMaxMessageBytes, kMaxExtensions);
  for (std::size_t i = 1; i < extensions.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (extensions[i].type == extensions[j].type) {
        in.refuse(ErrorCode::kMalformed, "13.4: an extension stands twice");
      }
    }
  }
  return extensions;
}

const Bytes* find(const Extensions& extensions, ExtensionType type) {
  for (const Extension& extension : extensions) {
    if (extension.type == raw(type)) return &extension.data;
  }
  return nullptr;
}

// 7.2; what every client supports is not listed.
Capabilities Capabilities::own() {
  return {{kProtocolMls10},
          {kSuite},
          {raw(ExtensionType::kLastResort), raw(ExtensionType::kLeafFacts),
           raw(ExtensionType::kPolicy)},
          {},
          {raw(CredentialType::kBasic)}};
}

void Capabilities::write(Output& out) const {
  for (const Numbers* list : {&versions, &cipher_suites, &extensions, &proposals, &credentials}) {
    write_numbers(out, *list);
  }
}

Capabilities Capabilities::read(Input& in) {
  Capabilities capabilities;
  for (Numbers* list :
       {&capabilities.versions, &capabilities.cipher_suites, &capabilities.extensions,
        &capabilities.proposals, &capabilities.credentials}) {
    *list = read_numbers(in);
  }
  return capabilities;
}

bool Capabilities::supports_extension(std::uint16_t type) const {
  constexpr auto kFirstDefault = raw(ExtensionType::kApplicationId);
  constexpr auto kLastDefault = raw(ExtensionType::kExternalSenders);
  return (type >= kFirstDefault && type <= kLastDefault) || holds(extensions, type);
}

bool Capabilities::supports_proposal(std::uint16_t type) const {
  constexpr std::uint16_t kFirstDefault = 1;  // add
  constexpr std::uint16_t kLastDefault = 7;   // group_context_extensions
  return (type >= kFirstDefault && type <= kLastDefault) || holds(proposals, type);
}

bool Capabilities::supports_credential(std::uint16_t type) const {
  return holds(credentials, type);
}

// 11.1
void RequiredCapabilities::write(Output& out) const {
  for (const Numbers* list : {&extensions, &proposals, &credentials}) write_numbers(out, *list);
}

RequiredCapabilities RequiredCapabilities::read(Input& in) {
  RequiredCapabilities required;
  for (Numbers* list : {&required.extensions, &required.proposals, &required.credentials}) {
    *list = read_numbers(in);
  }
  return required;
}

// 7.2
void LeafNode::write(Output& out) const {
  write_all_but_signature(*this, out);
  out.vector(signature);
}

LeafNode LeafNode::read(Input& in) {
  LeafNode leaf;
  leaf.encryption_key = read_field(in);
  leaf.signature_key = read_field(in);
  leaf.credential = Credential::read(in);
  leaf.capabilities = Capabilities::read(in);
  leaf.source = LeafNodeSource{in.u8()};
  switch (leaf.source) {
    case LeafNodeSource::kKeyPackage:
      leaf.lifetime.not_before = in.u64();
      leaf.lifetime.not_after = in.u64();
      break;
    case LeafNodeSource::kUpdate:
      break;
    case LeafNodeSource::kCommit:
      leaf.parent_hash = read_field(in);
      break;
    default:
      in.refuse(ErrorCode::kMalformed, "7.2: unknown source of a leaf");
  }
  leaf.extensions = read_extensions(in);
  leaf.signature = read_field(in);
  return leaf;
}

void LeafNode::sign(const crypto::SigningKey& key, const Place& place) {
  signature = to_be_signed(*this, place).sign(key);
}

Result<void> LeafNode::verify_signature(const Place& place) const {
  if (!enforced(Rule::kLeafSignature)) return {};
  return to_be_signed(*this, place).verify(signature_key, signature);
}

Result<void> check_support(const Capabilities& capabilities, const Extensions& group_context) {
  // 11.1: at least version and cipher suite.
  if (!holds(capabilities.versions, kProtocolMls10) || !holds(capabilities.cipher_suites, kSuite)) {
    return fail(ErrorCode::kMalformed, "11.1: version or cipher suite not supported by a leaf");
  }
  // 13.4: whatever stands in the context is mandatory.
  for (const Extension& extension : group_context) {
    if (!capabilities.supports_extension(extension.type)) {
      return fail(ErrorCode::kMalformed, "13.4: a leaf does not support the group's extensions");
    }
  }
  // 7.3: the group's required capabilities.
  const Bytes* data = find(group_context, ExtensionType::kRequiredCapabilities);
  if (data == nullptr) return {};
  const auto required = decode<RequiredCapabilities>(*data);
  if (!required) return std::unexpected(required.error().during("11.1: required_capabilities"));
  const auto all = [&](const Numbers& numbers,
                       bool (Capabilities::*supports)(std::uint16_t) const) {
    return std::all_of(numbers.begin(), numbers.end(),
                       [&](std::uint16_t number) { return (capabilities.*supports)(number); });
  };
  if (!all(required->extensions, &Capabilities::supports_extension) ||
      !all(required->proposals, &Capabilities::supports_proposal) ||
      !all(required->credentials, &Capabilities::supports_credential)) {
    return fail(ErrorCode::kMalformed, "7.3: a leaf lacks a required capability");
  }
  return {};
}

Result<void> check_leaf(const LeafNode& leaf, LeafNodeSource expected,
                        const Extensions& group_context) {
  // 7.3: leaf_node_source.
  if (leaf.source != expected) return fail(ErrorCode::kMalformed, "7.3: wrong source of a leaf");
  // 5.1.1: keys of the suite.
  constexpr std::size_t kKeyBytes = 32;
  if (leaf.encryption_key.size() != kKeyBytes || leaf.signature_key.size() != kKeyBytes) {
    return fail(ErrorCode::kMalformed, "5.1.1: wrong length of a leaf's key");
  }
  // 5.3.1: the only credentials that can be judged here.
  if (leaf.credential.type != raw(CredentialType::kBasic)) {
    return fail(ErrorCode::kUnknownKind, "5.3.1: not a basic credential");
  }
  // 7.2: the own credential's type.
  if (!leaf.capabilities.supports_credential(leaf.credential.type)) {
    return fail(ErrorCode::kMalformed, "7.2: a leaf does not list its credential's type");
  }
  // 7.3: the own extensions.
  for (const Extension& extension : leaf.extensions) {
    if (!leaf.capabilities.supports_extension(extension.type)) {
      return fail(ErrorCode::kMalformed, "7.3: a leaf does not list one of its extensions");
    }
  }
  return check_support(leaf.capabilities, group_context);
}

Result<void> check_lifetime_span(const Lifetime& lifetime) {
  if (!enforced(Rule::kLifetimeSpan)) return {};
  if (lifetime.not_after < lifetime.not_before ||
      lifetime.not_after - lifetime.not_before > kMaxLifetimeSpan) {
    return fail(ErrorCode::kMalformed, "7.2: a leaf's lifetime is too long");
  }
  return {};
}

}  // namespace xom::mls
