#include "tools/xom/codes.h"

#include <qrencode.h>
#include <sodium/utils.h>

#include <array>
#include <memory>

namespace xom::tools {
namespace {

constexpr std::string_view kEnrolment = "xom-e.";
constexpr std::size_t kMostText = 8192;
constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

std::string base64url(ByteView bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  text.pop_back();  // the terminating zero
  return text;
}

Result<Bytes> from_base64url(std::string_view text) {
  if (text.size() > kMostText) return fail(ErrorCode::kTooLarge, "code too long");
  Bytes bytes(text.size());
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                        kVariant) != 0 ||
      end != text.data() + text.size())
    return fail(ErrorCode::kMalformed, "not a whole code");
  bytes.resize(size);
  return bytes;
}

std::string invitation_link(const std::string& page, const Hash& root,
                            const crypto::SigningKey& one_time, ByteView invitation) {
  const auto seed = one_time.seed();
  return page + "#i." + base64url(root.view()) + "." + base64url(seed.view()) + "." +
         base64url(invitation);
}

std::string EnrolmentCode::text() const {
  const auto seed = one_time.seed();
  return std::string(kEnrolment) + base64url(root.view()) + "." + base64url(parent.view()) + "." +
         base64url(seed.view()) + "." + base64url(grant) + "@" + url;
}

Result<EnrolmentCode> EnrolmentCode::parse(std::string_view text) {
  const auto malformed = [] {
    return fail(ErrorCode::kMalformed,
                "not a whole enrolment code: copy it from \"xom-e.\" to its end");
  };
  const auto at = text.find('@');
  if (!text.starts_with(kEnrolment) || at == std::string_view::npos) return malformed();
  std::string_view rest = text.substr(kEnrolment.size(), at - kEnrolment.size());
  std::array<Bytes, 4> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto dot = i + 1 < parts.size() ? rest.find('.') : rest.size();
    if (dot == std::string_view::npos) return malformed();
    auto part = from_base64url(rest.substr(0, dot));
    if (!part) return malformed();
    parts[i] = std::move(*part);
    rest.remove_prefix(i + 1 < parts.size() ? dot + 1 : dot);
  }
  auto root = NodeId::from(parts[0]);
  auto parent = NodeId::from(parts[1]);
  auto key = crypto::SigningKey::from_seed(parts[2]);
  sodium_memzero(parts[2].data(), parts[2].size());
  if (!root || !parent || !key || parts[3].empty()) return malformed();
  return EnrolmentCode{*root, *parent, std::move(*key), std::move(parts[3]),
                       std::string(text.substr(at + 1))};
}

Result<std::string> qr_for_terminal(const std::string& text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L), &QRcode_free);
  if (!code) return fail(ErrorCode::kTooLarge, "text too long for a QR code");
  constexpr int kQuiet = 2;  // modules of white around it, or phones do not find it
  const int width = code->width;
  const auto dark = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < width && y < width && (code->data[y * width + x] & 1) != 0;
  };
  std::string out;
  for (int y = -kQuiet; y < width + kQuiet; y += 2) {
    out += "\033[30;47m";  // black on white, whatever the terminal's colours are
    for (int x = -kQuiet; x < width + kQuiet; ++x) {
      const bool upper = dark(x, y);
      const bool lower = dark(x, y + 1);
      out += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    out += "\033[0m\n";
  }
  return out;
}

}  // namespace xom::tools
