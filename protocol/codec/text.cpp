#include "protocol/codec/text.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace xom::codec {

namespace {

struct NfcRange {
  char32_t first;
  char32_t last;
  std::uint8_t combining_class;
  std::uint8_t refuse;
};
constexpr NfcRange kNfc[] = {
#include "protocol/codec/nfc_table.inc"
};

struct Range {
  char32_t first;
  char32_t last;
};
// Controls, line and paragraph separators, bidirectional controls and marks, and characters that
// show nothing but make two equal-looking texts differ. U+200D and variation selectors are left to
// emoji.
constexpr Range kInvisible[] = {
    {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},
    {0x0600, 0x0605},   {0x061C, 0x061C},   {0x06DD, 0x06DD},   {0x070F, 0x070F},
    {0x0890, 0x0891},   {0x08E2, 0x08E2},   {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200C},   {0x200E, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F},   {0x3164, 0x3164},   {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD},
    {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

template <class R, std::size_t N>
const R* find(const R (&table)[N], char32_t c) {
  const R* it = std::lower_bound(std::begin(table), std::end(table), c,
                                 [](const R& r, char32_t value) { return r.last < value; });
  return it != std::end(table) && it->first <= c ? it : nullptr;
}

// Takes one well-formed scalar value off the front (Unicode, table 3-7).
std::optional<char32_t> next_scalar(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) {
    text.remove_prefix(1);
    return lead;
  }
  const std::size_t size = lead < 0xC2   ? 0
                           : lead < 0xE0 ? 2
                           : lead < 0xF0 ? 3
                           : lead < 0xF5 ? 4
                                         : 0;
  if (size == 0 || text.size() < size) return std::nullopt;
  char32_t c = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    c = c << 6 | (byte(i) & 0x3FU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (c < kSmallest[size] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return std::nullopt;
  text.remove_prefix(size);
  return c;
}

}  // namespace

Result<void> check_text(std::string_view text, TextRule rule) {
  std::uint8_t last_class = 0;
  while (!text.empty()) {
    const auto c = next_scalar(text);
    if (!c) return fail(ErrorCode::kMalformed, "text is not UTF-8");
    if (*c == '\n' && rule == TextRule::kLines) {
      last_class = 0;
      continue;
    }
    if (find(kInvisible, *c) != nullptr || (*c & 0xFFFE) == 0xFFFE) {
      return fail(ErrorCode::kMalformed, "text has a control or invisible character");
    }
    const NfcRange* nfc = find(kNfc, *c);
    if (nfc == nullptr) {
      last_class = 0;
      continue;
    }
    if (nfc->refuse != 0 || (nfc->combining_class != 0 && nfc->combining_class < last_class)) {
      return fail(ErrorCode::kMalformed, "text is not in normalisation form NFC");
    }
    last_class = nfc->combining_class;
  }
  return {};
}

}  // namespace xom::codec
