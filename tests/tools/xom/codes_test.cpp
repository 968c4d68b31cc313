#include "tools/xom/codes.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace xom::tools {
namespace {

EnrolmentCode sample() {
  (void)crypto::initialise();
  auto key = [] { return crypto::SigningKey::generate(crypto::system_random()); };
  return {key().public_key_as<NodeId>(), key().public_key_as<NodeId>(), key(), Bytes{1, 2, 3, 250},
          "wss://q12.example:8443"};
}

TEST(Codes, AnEnrolmentCodeSaysWhatWasPutIn) {
  const auto code = sample();
  auto parsed = EnrolmentCode::parse(code.text());
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->root, code.root);
  EXPECT_EQ(parsed->parent, code.parent);
  EXPECT_EQ(parsed->grant, code.grant);
  EXPECT_EQ(parsed->url, code.url);
  EXPECT_EQ(parsed->one_time.public_key_as<OneTimeKey>(),
            code.one_time.public_key_as<OneTimeKey>());
}

TEST(Codes, AnIncompleteEnrolmentCodeIsRefused) {
  const std::string text = sample().text();
  const auto at = text.find('@');
  for (std::size_t size = 0; size <= at; size += 3)
    EXPECT_FALSE(EnrolmentCode::parse(text.substr(0, size))) << size;
  for (std::size_t start = 1; start < 60; ++start)
    EXPECT_FALSE(EnrolmentCode::parse(text.substr(start))) << start;
  EXPECT_FALSE(EnrolmentCode::parse("xom-e.a.b.c.d@ws://x"));
  std::string odd = text;
  odd[10] = '!';
  EXPECT_FALSE(EnrolmentCode::parse(odd));
}

TEST(Codes, AnInvitationLinkKeepsItsSecretsBehindTheFragment) {
  const auto code = sample();
  const std::string link =
      invitation_link("https://tch.example/", Hash{}, code.one_time, code.grant);
  const auto hash = link.find('#');
  EXPECT_EQ(link.substr(0, hash), "https://tch.example/");
  EXPECT_EQ(link.substr(hash, 3), "#i.");
  EXPECT_GT(link.find(base64url(code.one_time.seed().view())), hash);
}

TEST(Codes, Base64UrlIsWithoutPaddingAndStrict) {
  EXPECT_EQ(base64url(Bytes{0xfb, 0xff}), "-_8");
  EXPECT_EQ(from_base64url("-_8").value(), (Bytes{0xfb, 0xff}));
  for (const char* wrong : {"-_8=", "+/8", "-_8 ", "a"})
    EXPECT_FALSE(from_base64url(wrong)) << wrong;
}

TEST(Codes, AQrCodeIsSquareWithAQuietZoneAndATooLongTextIsRefused) {
  auto code = qr_for_terminal("https://tch.example/");
  ASSERT_TRUE(code);
  EXPECT_GT(std::count(code->begin(), code->end(), '\n'), 10);
  EXPECT_EQ(qr_for_terminal(std::string(4000, 'x')).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace xom::tools
