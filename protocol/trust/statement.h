// Envelope of every signed kind (schema/signed.proto): sign, and verify before anything is parsed.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/crypto/crypto.h"

namespace xom::trust {

enum class Kind : std::uint8_t {
  kCertificate = 1,
  kUnit,
  kAppointment,
  kRevocation,
  kAlert,
  kPost,
  kDeviceList,
  kProfile,
  kVoucher,
  kJoinRequest,
  kInvitation,
  kOfficeRequest,
  kEnrolmentGrant,
  kEnrolmentRequest,
  kEntryHeader,
  kLogHead,
  kLogin,
  kLinkHandshake,
  kLeadership,
  kRefusal,
};

inline constexpr std::size_t kMaxBody = 16 * 1024;
inline constexpr std::size_t kMaxSignatures = 4;
inline constexpr std::size_t kMaxStatement = 24 * 1024;

// "xom/1/<kind>" and a zero byte: what precedes the body under a signature.
[[nodiscard]] std::string_view context_of(Kind kind);

struct SignatureBy {
  Fixed<struct AnyKeyTag> key;
  Signature signature;
  Bytes device_list;  // Statement(DEVICE_LIST) or empty
};

// A statement whose envelope was read; its body is still untrusted bytes.
struct Statement {
  Kind kind{};
  Bytes body;
  std::vector<SignatureBy> signatures;

  [[nodiscard]] StatementId id() const;  // SHA-256(context || body)
  [[nodiscard]] Bytes encode() const;
  // kTooLarge, kMalformed, kUnknownKind. Does not verify.
  [[nodiscard]] static Result<Statement> decode(ByteView bytes);
  // kUnknownKind unless `expected`, kBadSignature unless there is at least one signature and all
  // verify.
  [[nodiscard]] Result<void> verify(Kind expected) const;
  void sign(const crypto::SigningKey& key, Bytes device_list = {});
};

}  // namespace xom::trust
