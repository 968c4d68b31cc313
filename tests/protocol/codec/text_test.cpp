#include "protocol/codec/text.h"

#include <gtest/gtest.h>

namespace xom::codec {
namespace {

bool line(std::string_view text) { return check_text(text, TextRule::kLine).has_value(); }

TEST(Text, PrecomposedVietnamesePassesDecomposedFails) {
  EXPECT_TRUE(line("Công an phường Tân Chánh Hiệp, khu phố 5: Đừng trả tiền! ƠƯ ẫ ỹ Ặ"));
  EXPECT_FALSE(line("a\xCC\x82"));         // a + circumflex, for â
  EXPECT_FALSE(line("\xC3\xA2\xCC\x81"));  // â + acute, for ấ
  EXPECT_FALSE(line("\xC6\xA0\xCC\xA3"));  // Ơ + dot below, for Ợ
  EXPECT_FALSE(line("o\xCC\x9B"));         // o + horn, for ơ
}

TEST(Text, OtherCharactersThatNormalisationWouldReplaceFail) {
  EXPECT_FALSE(line("\xE2\x84\xAB"));  // Ångström sign
  EXPECT_FALSE(line("\xCD\xBE"));      // Greek question mark
  EXPECT_FALSE(line("\xEF\xA4\x80"));  // compatibility ideograph
  EXPECT_TRUE(line("\xEF\xAC\x81"));   // ligature fi: only NFKC would replace it
}

TEST(Text, MarksOfOtherScriptsPassInCanonicalOrderOnly) {
  EXPECT_TRUE(
      line("\xE0\xB8\x81\xE0\xB8\xB8\xE0\xB9\x88"));  // Thai: ko kai, sara u (103), mai ek (107)
  EXPECT_FALSE(line("\xE0\xB8\x81\xE0\xB9\x88\xE0\xB8\xB8"));  // the same, out of order
  EXPECT_TRUE(line("\xE1\x9E\x80\xE1\x9F\x92\xE1\x9E\x80"));   // Khmer with coeng
}

TEST(Text, EmojiPassWithJoinersAndVariationSelectors) {
  EXPECT_TRUE(line("👨‍👩‍👧 ❤️ 🇻🇳 👍🏽"));
}

TEST(Text, ControlAndBidirectionalCharactersFail) {
  EXPECT_FALSE(line("a\tb"));
  EXPECT_FALSE(line("a\nb"));
  EXPECT_FALSE(line(std::string_view("a\0b", 3)));
  EXPECT_FALSE(line("\x7F"));
  EXPECT_FALSE(line("\xC2\x85"));          // next line
  EXPECT_FALSE(line("\xE2\x80\xAE"));      // right-to-left override
  EXPECT_FALSE(line("\xE2\x81\xA6"));      // left-to-right isolate
  EXPECT_FALSE(line("\xE2\x80\x8B"));      // zero width space
  EXPECT_FALSE(line("\xEF\xBB\xBF"));      // byte order mark
  EXPECT_FALSE(line("\xF3\xA0\x81\xA7"));  // tag character
}

TEST(Text, LinesAreAllowedWhereAFieldHasThem) {
  EXPECT_TRUE(check_text("một\nhai", TextRule::kLines).has_value());
  EXPECT_FALSE(check_text("một\r\nhai", TextRule::kLines).has_value());
}

TEST(Text, IllFormedUtf8Fails) {
  EXPECT_FALSE(line("\x80"));
  EXPECT_FALSE(line("\xC3"));
  EXPECT_FALSE(line("\xC0\xAF"));          // overlong
  EXPECT_FALSE(line("\xE0\x80\xAF"));      // overlong
  EXPECT_FALSE(line("\xED\xA0\x80"));      // surrogate
  EXPECT_FALSE(line("\xF4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(line("\xEF\xBF\xBE"));      // noncharacter
  EXPECT_FALSE(line("\xFF"));
}

}  // namespace
}  // namespace xom::codec
