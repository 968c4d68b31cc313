#include "protocol/crypto/hpke.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace xom::crypto {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

// Gives the bytes that a published vector was made with.
class GivenRandom final : public Random {
 public:
  explicit GivenRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    ASSERT_EQ(out.size(), bytes_.size());
    std::copy(bytes_.begin(), bytes_.end(), out.begin());
  }

 private:
  Bytes bytes_;
};

// RFC 7748, section 6.1.
TEST(X25519, PublicKeysAreWhatRfc7748Says) {
  EXPECT_EQ(to_hex(HpkeKeyPair::from_private(
                       hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
                       .public_key),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  EXPECT_EQ(to_hex(HpkeKeyPair::from_private(
                       hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
                       .public_key),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
}

// RFC 9180, appendix A.2.1.
constexpr const char* kInfo = "4f6465206f6e2061204772656369616e2055726e";
constexpr const char* kIkmE = "909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b";
constexpr const char* kEnc = "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a";
constexpr const char* kIkmR = "1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df";
constexpr const char* kPublicR = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
constexpr const char* kPrivateR =
    "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb";
constexpr const char* kPlaintext = "4265617574792069732074727574682c20747275746820626561757479";
constexpr const char* kAad = "436f756e742d30";
constexpr const char* kCiphertext =
    "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28";
struct ExportVector {
  const char* context;
  const char* secret;
};
constexpr ExportVector kExports[] = {
    {"", "4bbd6243b8bb54cec311fac9df81841b6fd61f56538a775e7c80a9f40160606e"},
    {"00", "8c1df14732580e5501b00f82b10a1647b40713191b7c1240ac80e2b68808ba69"},
    {"54657374436f6e74657874", "5acb09211139c43b3090489a9da433e8a30ee7188ba8b0a9a1ccf0c229283e53"},
};

TEST(Hpke, DerivesKeysAsRfc9180Says) {
  const HpkeKeyPair pair = HpkeKeyPair::derive(hex(kIkmR));
  EXPECT_EQ(to_hex(pair.private_key.view()), kPrivateR);
  EXPECT_EQ(to_hex(pair.public_key), kPublicR);
}

TEST(Hpke, SealsAndOpensAsRfc9180Says) {
  GivenRandom random(hex(kIkmE));
  const auto sealed = hpke_seal(hex(kPublicR), hex(kInfo), hex(kAad), hex(kPlaintext), random);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(to_hex(sealed->kem_output), kEnc);
  EXPECT_EQ(to_hex(sealed->ciphertext), kCiphertext);
  const auto opened =
      hpke_open({hex(kEnc), hex(kCiphertext)}, hex(kPrivateR), hex(kInfo), hex(kAad));
  ASSERT_TRUE(opened);
  EXPECT_EQ(to_hex(opened->view()), kPlaintext);
}

TEST(Hpke, ExportsAsRfc9180Says) {
  for (const ExportVector& v : kExports) {
    GivenRandom random(hex(kIkmE));
    const auto sent = hpke_send_export(hex(kPublicR), hex(kInfo), hex(v.context), 32, random);
    ASSERT_TRUE(sent);
    EXPECT_EQ(to_hex(sent->kem_output), kEnc);
    EXPECT_EQ(to_hex(sent->secret.view()), v.secret);
    const auto received =
        hpke_receive_export(hex(kEnc), hex(kPrivateR), hex(kInfo), hex(v.context), 32);
    ASSERT_TRUE(received);
    EXPECT_EQ(to_hex(received->view()), v.secret);
  }
}

TEST(Hpke, AnythingElseDoesNotOpen) {
  const auto code = [](Bytes enc, const Bytes& ciphertext, const Bytes& key, const Bytes& info,
                       const Bytes& aad) {
    const auto opened = hpke_open({std::move(enc), ciphertext}, key, info, aad);
    return opened ? ErrorCode{} : opened.error().code;
  };
  const Bytes good[] = {hex(kEnc), hex(kCiphertext), hex(kPrivateR), hex(kInfo), hex(kAad)};
  ASSERT_EQ(code(good[0], good[1], good[2], good[3], good[4]), ErrorCode{});
  for (std::size_t part = 0; part < 5; ++part) {
    Bytes bad[] = {good[0], good[1], good[2], good[3], good[4]};
    bad[part][bad[part].size() / 2] ^= 0x10;
    EXPECT_EQ(code(bad[0], bad[1], bad[2], bad[3], bad[4]), ErrorCode::kBadSignature)
        << "part " << part;
  }
}

TEST(Hpke, KeysOfAWrongLengthAreRefused) {
  for (const std::size_t size : {0, 31, 33, 64}) {
    const Bytes key(size, 9);
    const auto sealed = hpke_seal(key, {}, {}, {}, system_random());
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.error().code, ErrorCode::kMalformed);
    const auto by_output = hpke_open({key, hex(kCiphertext)}, hex(kPrivateR), {}, {});
    ASSERT_FALSE(by_output);
    EXPECT_EQ(by_output.error().code, ErrorCode::kMalformed);
    const auto by_private = hpke_open({hex(kEnc), hex(kCiphertext)}, key, {}, {});
    ASSERT_FALSE(by_private);
    EXPECT_EQ(by_private.error().code, ErrorCode::kMalformed);
  }
}

// RFC 9180, 7.1.4: with a point of small order the secret would be zero whatever the private key.
TEST(Hpke, PointsOfSmallOrderAreRefused) {
  ASSERT_TRUE(initialise());
  for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000",
                            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    const auto sealed = hpke_seal(hex(point), {}, {}, {}, system_random());
    ASSERT_FALSE(sealed) << point;
    EXPECT_EQ(sealed.error().code, ErrorCode::kMalformed);
    const auto sent = hpke_send_export(hex(point), {}, {}, 32, system_random());
    ASSERT_FALSE(sent) << point;
    EXPECT_EQ(sent.error().code, ErrorCode::kMalformed);
    const auto opened = hpke_open({hex(point), hex(kCiphertext)}, hex(kPrivateR), {}, {});
    ASSERT_FALSE(opened) << point;
    EXPECT_EQ(opened.error().code, ErrorCode::kMalformed);
    const auto received = hpke_receive_export(hex(point), hex(kPrivateR), {}, {}, 32);
    ASSERT_FALSE(received) << point;
    EXPECT_EQ(received.error().code, ErrorCode::kMalformed);
  }
}

TEST(Hpke, EverySealingHasItsOwnKey) {
  const HpkeKeyPair pair = HpkeKeyPair::generate(system_random());
  const auto first = hpke_seal(pair.public_key, {}, {}, view_of("x"), system_random());
  const auto second = hpke_seal(pair.public_key, {}, {}, view_of("x"), system_random());
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->kem_output, second->kem_output);
  EXPECT_NE(first->ciphertext, second->ciphertext);
}

}  // namespace
}  // namespace xom::crypto
