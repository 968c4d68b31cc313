#include "protocol/crypto/aead.h"

#include <gtest/gtest.h>

namespace xom::crypto {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

// RFC 8439, section 2.8.2.
constexpr const char* kKey = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
constexpr const char* kNonce = "070000004041424344454647";
constexpr const char* kAad = "50515253c0c1c2c3c4c5c6c7";
constexpr std::string_view kPlaintext =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    "sunscreen would be it.";
constexpr const char* kCiphertext =
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92"
    "728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b"
    "4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691";

TEST(Aead, SealsAndOpensAsRfc8439Says) {
  EXPECT_EQ(to_hex(aead_seal(hex(kKey), hex(kNonce), hex(kAad), view_of(kPlaintext))), kCiphertext);
  const auto opened = aead_open(hex(kKey), hex(kNonce), hex(kAad), hex(kCiphertext));
  ASSERT_TRUE(opened);
  EXPECT_EQ(text_of(opened->view()), kPlaintext);
}

TEST(Aead, AnyFlippedBitFails) {
  const auto opens = [](const Bytes& key, const Bytes& nonce, const Bytes& aad, const Bytes& text) {
    const auto opened = aead_open(key, nonce, aad, text);
    return opened ? ErrorCode{} : opened.error().code;
  };
  const Bytes parts[] = {hex(kKey), hex(kNonce), hex(kAad), hex(kCiphertext)};
  ASSERT_EQ(opens(parts[0], parts[1], parts[2], parts[3]), ErrorCode{});
  for (std::size_t part = 0; part < 4; ++part) {
    for (std::size_t bit = 0; bit < parts[part].size() * 8; ++bit) {
      Bytes bad[] = {parts[0], parts[1], parts[2], parts[3]};
      bad[part][bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      EXPECT_EQ(opens(bad[0], bad[1], bad[2], bad[3]), ErrorCode::kBadSignature)
          << "part " << part << " bit " << bit;
    }
  }
}

TEST(Aead, NothingIsSealedAsATagAlone) {
  const Bytes sealed = aead_seal(hex(kKey), hex(kNonce), {}, {});
  EXPECT_EQ(sealed.size(), kAeadTag);
  const auto opened = aead_open(hex(kKey), hex(kNonce), {}, sealed);
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->empty());
  Bytes bad = sealed;
  bad[3] ^= 1;
  EXPECT_FALSE(aead_open(hex(kKey), hex(kNonce), {}, bad));
}

TEST(Aead, ShorterThanATagIsRefused) {
  for (std::size_t size = 0; size < kAeadTag; ++size) {
    const auto opened = aead_open(hex(kKey), hex(kNonce), {}, Bytes(size));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kBadSignature);
  }
}

}  // namespace
}  // namespace xom::crypto
