// What is printed and typed: links of invitations, enrolment codes.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/bytes.h"
#include "protocol/crypto/crypto.h"

namespace xom::tools {

[[nodiscard]] std::string base64url(ByteView bytes);
// Without padding. kMalformed, kTooLarge over 8 KiB.
[[nodiscard]] Result<Bytes> from_base64url(std::string_view text);

// `<page>#i.<root fingerprint>.<one-time seed>.<Statement(INVITATION)>`, as the client reads it.
[[nodiscard]] std::string invitation_link(const std::string& page, const Hash& root,
                                          const crypto::SigningKey& one_time, ByteView invitation);

// Carries all that a new node needs in order to trust its parent and to be recognised by it.
struct EnrolmentCode {
  NodeId root;  // authority key of the tree's root: what the new node pins
  NodeId parent;
  crypto::SigningKey one_time;
  Bytes grant;  // Statement(ENROLMENT_GRANT), not verified yet
  std::string url;

  [[nodiscard]] std::string text() const;  // "xom-e.….….….…@url"
  // kMalformed: not such a code, or not whole.
  [[nodiscard]] static Result<EnrolmentCode> parse(std::string_view text);
};

// A QR code for a terminal, two rows of modules to a line. kTooLarge: more than a code can hold.
[[nodiscard]] Result<std::string> qr_for_terminal(const std::string& text);

}  // namespace xom::tools
