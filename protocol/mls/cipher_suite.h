// RFC 9420, section 5: the one cipher suite, 0x0003
// MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519, with labels. All secrets have 32 bytes.
#pragma once

#include <string_view>

#include "protocol/crypto/hpke.h"
#include "protocol/mls/output.h"

namespace xom::mls {

inline constexpr std::uint16_t kProtocolMls10 = 1;
inline constexpr std::uint16_t kSuite = 0x0003;
using Secret = crypto::Secret<32>;

// 5.1.2: SignContent, whose content is written in its place: some are large.
class SignContent {
 public:
  // `expected`: about how long the content will be.
  SignContent(std::string_view label, std::size_t expected);
  [[nodiscard]] Output& content() { return out_; }
  void close();  // all is written
  // The rest only after close().
  [[nodiscard]] ByteView written() const { return out_.view().subspan(start_); }
  [[nodiscard]] Bytes sign(const crypto::SigningKey& key) const;
  // kBadSignature.
  [[nodiscard]] Result<void> verify(ByteView public_key, ByteView signature) const;

 private:
  Output out_;
  Output::Open open_;
  std::size_t start_ = 0;  // of the content
};
[[nodiscard]] Bytes sign_with_label(const crypto::SigningKey& key, std::string_view label,
                                    ByteView content);
// kBadSignature.
[[nodiscard]] Result<void> verify_with_label(ByteView public_key, std::string_view label,
                                             ByteView content, ByteView signature);
// 5.1.3
struct HpkeCiphertext {
  Bytes kem_output;
  Bytes ciphertext;
  void write(Output& out) const;
  [[nodiscard]] static HpkeCiphertext read(Input& in);
  bool operator==(const HpkeCiphertext&) const = default;
};
[[nodiscard]] Result<HpkeCiphertext> encrypt_with_label(ByteView public_key, std::string_view label,
                                                        ByteView context, ByteView plaintext,
                                                        crypto::Random& random);
[[nodiscard]] Result<crypto::SecretBytes> decrypt_with_label(ByteView private_key,
                                                             std::string_view label,
                                                             ByteView context,
                                                             const HpkeCiphertext& ciphertext);
// 5.2
[[nodiscard]] Hash ref_hash(std::string_view label, ByteView value);
[[nodiscard]] Hash key_package_ref(ByteView encoded_key_package);
[[nodiscard]] Hash proposal_ref(ByteView encoded_authenticated_content);
// 8
void expand_with_label(ByteView secret, std::string_view label, ByteView context,
                       std::span<std::uint8_t> out);
[[nodiscard]] Secret expand_with_label(ByteView secret, std::string_view label, ByteView context);
[[nodiscard]] Secret derive_secret(ByteView secret, std::string_view label);
// 9.1; the generation is the context.
void derive_tree_secret(ByteView secret, std::string_view label, std::uint32_t generation,
                        std::span<std::uint8_t> out);

}  // namespace xom::mls
