#include "protocol/mls/cipher_suite.h"

#include <gtest/gtest.h>

#include "protocol/crypto/hkdf.h"

// That the labels are those of RFC 9420 is shown by the working group's crypto-basics vectors
// (tests/vectors); here stands what has to fail.
namespace xom::mls {
namespace {

template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode{} : result.error().code;
}

TEST(CipherSuite, ASignatureIsGoodForItsLabelContentAndKeyAlone) {
  const auto key = crypto::SigningKey::generate(crypto::system_random());
  const auto other = crypto::SigningKey::generate(crypto::system_random());
  const Hash public_key = key.public_key_as<Hash>();
  const Bytes signature = sign_with_label(key, "LeafNodeTBS", view_of("content"));
  EXPECT_TRUE(verify_with_label(public_key.view(), "LeafNodeTBS", view_of("content"), signature));

  const auto refused = [&](ByteView by, std::string_view label, std::string_view content,
                           const Bytes& s) {
    return code_of(verify_with_label(by, label, view_of(content), s)) == ErrorCode::kBadSignature;
  };
  EXPECT_TRUE(refused(public_key.view(), "GroupInfoTBS", "content", signature));
  EXPECT_TRUE(refused(public_key.view(), "LeafNodeTB", "content", signature));
  EXPECT_TRUE(refused(public_key.view(), "LeafNodeTBS", "contenT", signature));
  EXPECT_TRUE(refused(other.public_key_as<Hash>().view(), "LeafNodeTBS", "content", signature));
  EXPECT_TRUE(refused({}, "LeafNodeTBS", "content", signature));
  EXPECT_TRUE(refused(public_key.view(), "LeafNodeTBS", "content", {}));
  Bytes longer = signature;
  longer.push_back(0);
  EXPECT_TRUE(refused(public_key.view(), "LeafNodeTBS", "content", longer));
}

TEST(CipherSuite, ACiphertextOpensUnderItsLabelAndContextAlone) {
  const auto pair = crypto::HpkeKeyPair::generate(crypto::system_random());
  const auto sealed = encrypt_with_label(pair.public_key, "UpdatePathNode", view_of("context"),
                                         view_of("path secret"), crypto::system_random());
  ASSERT_TRUE(sealed);
  const ByteView key = pair.private_key.view();
  const auto opened = decrypt_with_label(key, "UpdatePathNode", view_of("context"), *sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(text_of(opened->view()), "path secret");
  EXPECT_EQ(code_of(decrypt_with_label(key, "Welcome", view_of("context"), *sealed)),
            ErrorCode::kBadSignature);
  EXPECT_EQ(code_of(decrypt_with_label(key, "UpdatePathNode", view_of("contexT"), *sealed)),
            ErrorCode::kBadSignature);
  EXPECT_EQ(
      code_of(encrypt_with_label(Bytes(32), "UpdatePathNode", {}, {}, crypto::system_random())),
      ErrorCode::kMalformed);
}

TEST(CipherSuite, AnHpkeCiphertextSurvivesItsEncoding) {
  const HpkeCiphertext sealed{Bytes(32, 1), Bytes(300, 2)};
  const Bytes encoded = encode(sealed);
  ASSERT_EQ(encoded.size(), 1 + 32 + 2 + 300);
  const auto back = decode<HpkeCiphertext>(encoded);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, sealed);
  EXPECT_FALSE(decode<HpkeCiphertext>(ByteView(encoded).first(encoded.size() - 1)));
}

TEST(CipherSuite, DerivedSecretsDependOnLabelContextAndLength) {
  const Secret secret(Bytes(32, 7));
  const auto hex = [&](std::string_view label, std::string_view context, std::size_t length) {
    Bytes out(length);
    expand_with_label(secret.view(), label, view_of(context), out);
    return to_hex(out);
  };
  EXPECT_EQ(hex("exp", "x", 32),
            to_hex(expand_with_label(secret.view(), "exp", view_of("x")).view()));
  EXPECT_NE(hex("exp", "x", 32), hex("exp", "y", 32));
  EXPECT_NE(hex("exp", "x", 32), hex("ex", "px", 32));
  EXPECT_NE(hex("exp", "x", 16), hex("exp", "x", 32).substr(0, 32));  // the length is in the label
  EXPECT_TRUE(crypto::equal_secret(derive_secret(secret.view(), "path").view(),
                                   expand_with_label(secret.view(), "path", {}).view()));
}

TEST(CipherSuite, ReferencesOfKindsDiffer) {
  EXPECT_NE(key_package_ref(view_of("bytes")), proposal_ref(view_of("bytes")));
  EXPECT_EQ(key_package_ref(view_of("bytes")),
            ref_hash("MLS 1.0 KeyPackage Reference", view_of("bytes")));
}

}  // namespace
}  // namespace xom::mls
