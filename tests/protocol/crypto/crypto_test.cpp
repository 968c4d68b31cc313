#include "protocol/crypto/crypto.h"

#include <gtest/gtest.h>

namespace xom::crypto {
namespace {

struct Rfc8032Vector {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};
// RFC 8032, section 7.1, tests 1 to 3.
constexpr Rfc8032Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
     "b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
     "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
     "c6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(Crypto, SignsAsRfc8032Says) {
  ASSERT_TRUE(initialise());
  for (const auto& v : kVectors) {
    const SigningKey key = SigningKey::from_seed(from_hex(v.seed).value()).value();
    EXPECT_EQ(key.public_key_as<NodeKey>().hex(), v.public_key);
    const Bytes message = from_hex(v.message).value();
    const Signature signature = key.sign(message);
    EXPECT_EQ(signature.hex(), v.signature);
    EXPECT_TRUE(verify(from_hex(v.public_key).value(), message, signature));
    EXPECT_EQ(to_hex(key.seed().view()), v.seed);
  }
}

TEST(Crypto, AnyFlippedBitOfASignatureFails) {
  const auto& v = kVectors[2];
  const Bytes key = from_hex(v.public_key).value();
  const Bytes message = from_hex(v.message).value();
  const Signature good = Signature::from(from_hex(v.signature).value()).value();
  ASSERT_TRUE(verify(key, message, good));
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature bad = good;
    bad.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify(key, message, bad)) << "bit " << bit;
  }
}

TEST(Crypto, RefusesKeysOfSmallOrder) {
  // The neutral element as a key would verify R = neutral, S = 0 for every message.
  Bytes key(32, 0);
  key[0] = 1;
  Signature signature;
  signature.bytes[0] = 1;
  EXPECT_FALSE(verify(key, view_of("x"), signature));
}

TEST(Crypto, SeedsOfAnotherLengthAreRefused) {
  EXPECT_EQ(SigningKey::from_seed(Bytes(31)).error().code, ErrorCode::kMalformed);
}

TEST(Crypto, Sha256OfPartsIsThatOfTheWhole) {
  EXPECT_EQ(sha256(view_of("abc")).hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const ByteView parts[] = {view_of("a"), {}, view_of("bc")};
  EXPECT_EQ(sha256(parts), sha256(view_of("abc")));
}

TEST(Crypto, AMovedSecretLeavesNothingBehind) {
  Secret<32> first(Bytes(32, 0xAB));
  const Secret<32> second(std::move(first));
  EXPECT_EQ(second.view()[31], 0xAB);
  for (std::uint8_t byte : first.view()) EXPECT_EQ(byte, 0);  // NOLINT(bugprone-use-after-move)
}

TEST(Crypto, SystemRandomDoesNotRepeat) {
  const auto a = SigningKey::generate(system_random()).public_key_as<NodeKey>();
  const auto b = SigningKey::generate(system_random()).public_key_as<NodeKey>();
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace xom::crypto
