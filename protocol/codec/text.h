// Which text may stand in a signed statement.
#pragma once

#include "protocol/base/bytes.h"

namespace xom::codec {

enum class TextRule : std::uint8_t {
  kLine,   // no control characters at all
  kLines,  // "\n" is allowed, no other control character
};

// kMalformed unless `text` is well-formed UTF-8 (no surrogates, no overlong forms), in Unicode
// normalisation form NFC, free of control, bidirectional and other invisible format characters
// (U+200D and U+FE0F are allowed: emoji need them), and of noncharacters.
// The NFC check is sound without Unicode's full tables: it refuses every character that is not
// NFC "Yes" in the ranges it knows and every combining mark that could compose or be out of order
// (README, "Text"), so what passes is NFC; some rare NFC text outside Vietnamese is refused too.
[[nodiscard]] Result<void> check_text(std::string_view text, TextRule rule);

}  // namespace xom::codec
