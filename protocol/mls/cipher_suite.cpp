#include "protocol/mls/cipher_suite.h"

#include "protocol/crypto/hkdf.h"
#include "protocol/mls/limits.h"

namespace xom::mls {

namespace {

// A label as every structure of sections 5 and 8 holds it: a vector that begins with the version.
void write_label(Output& out, std::string_view label) {
  constexpr std::string_view kVersion = "MLS 1.0 ";
  const Output::Open open = out.begin_vector(kVersion.size() + label.size());
  out.raw(view_of(kVersion));
  out.raw(view_of(label));
  out.end_vector(open);
}

constexpr std::size_t kLabelBytes = 64;  // more than any label takes, with both lengths

// EncryptContext (5.1.3).
Bytes labelled(std::string_view label, ByteView content) {
  Output out;
  out.reserve(kLabelBytes + content.size());
  write_label(out, label);
  out.vector(content);
  return std::move(out).take();
}

SignContent whole(std::string_view label, ByteView content) {
  SignContent bytes(label, content.size());
  bytes.content().raw(content);
  bytes.close();
  return bytes;
}

}  // namespace

SignContent::SignContent(std::string_view label, std::size_t expected) {
  out_.reserve(kLabelBytes + expected);
  write_label(out_, label);
  open_ = out_.begin_vector(expected);
}

void SignContent::close() { start_ = out_.end_vector(open_); }

Bytes SignContent::sign(const crypto::SigningKey& key) const {
  const Signature signature = key.sign(out_.view());
  return {signature.bytes.begin(), signature.bytes.end()};
}

Result<void> SignContent::verify(ByteView public_key, ByteView signature) const {
  const auto fixed = Signature::from(signature);
  if (!fixed || !crypto::verify(public_key, out_.view(), *fixed)) {
    return fail(ErrorCode::kBadSignature, "5.1.2: bad signature");
  }
  return {};
}

Bytes sign_with_label(const crypto::SigningKey& key, std::string_view label, ByteView content) {
  return whole(label, content).sign(key);
}

Result<void> verify_with_label(ByteView public_key, std::string_view label, ByteView content,
                               ByteView signature) {
  return whole(label, content).verify(public_key, signature);
}

void HpkeCiphertext::write(Output& out) const {
  out.vector(kem_output);
  out.vector(ciphertext);
}

HpkeCiphertext HpkeCiphertext::read(Input& in) {
  HpkeCiphertext sealed;
  const ByteView kem_output = in.vector(kMaxField);
  const ByteView ciphertext = in.vector(kMaxField);
  sealed.kem_output.assign(kem_output.begin(), kem_output.end());
  sealed.ciphertext.assign(ciphertext.begin(), ciphertext.end());
  return sealed;
}

Result<HpkeCiphertext> encrypt_with_label(ByteView public_key, std::string_view label,
                                          ByteView context, ByteView plaintext,
                                          crypto::Random& random) {
  auto sealed = crypto::hpke_seal(public_key, labelled(label, context), {}, plaintext, random);
  if (!sealed) return std::unexpected(sealed.error());
  return HpkeCiphertext{std::move(sealed->kem_output), std::move(sealed->ciphertext)};
}

Result<crypto::SecretBytes> decrypt_with_label(ByteView private_key, std::string_view label,
                                               ByteView context, const HpkeCiphertext& ciphertext) {
  return crypto::hpke_open({ciphertext.kem_output, ciphertext.ciphertext}, private_key,
                           labelled(label, context), {});
}

Hash ref_hash(std::string_view label, ByteView value) {
  Output out;
  out.vector(view_of(label));
  out.vector(value);
  return crypto::sha256(out.view());
}

Hash key_package_ref(ByteView encoded_key_package) {
  return ref_hash("MLS 1.0 KeyPackage Reference", encoded_key_package);
}

Hash proposal_ref(ByteView encoded_authenticated_content) {
  return ref_hash("MLS 1.0 Proposal Reference", encoded_authenticated_content);
}

void expand_with_label(ByteView secret, std::string_view label, ByteView context,
                       std::span<std::uint8_t> out) {
  Output kdf_label;
  kdf_label.u16(static_cast<std::uint16_t>(out.size()));
  write_label(kdf_label, label);
  kdf_label.vector(context);
  crypto::hkdf_expand(secret, kdf_label.view(), out);
}

Secret expand_with_label(ByteView secret, std::string_view label, ByteView context) {
  Secret out;
  expand_with_label(secret, label, context, out.mutable_view());
  return out;
}

Secret derive_secret(ByteView secret, std::string_view label) {
  return expand_with_label(secret, label, {});
}

void derive_tree_secret(ByteView secret, std::string_view label, std::uint32_t generation,
                        std::span<std::uint8_t> out) {
  Output context;
  context.u32(generation);
  expand_with_label(secret, label, context.view(), out);
}

}  // namespace xom::mls
