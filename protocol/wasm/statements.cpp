// Making and opening statements of every kind that a client meets.
#include "protocol/crypto/crypto.h"
#include "protocol/trust/alert.h"
#include "protocol/trust/authority.h"
#include "protocol/trust/device.h"
#include "protocol/trust/enrolment.h"
#include "protocol/trust/refusal.h"
#include "protocol/trust/session.h"
#include "protocol/trust/voucher.h"
#include "protocol/wasm/abi.h"

namespace xom::wasm {

using namespace trust;
using crypto::SigningKey;

namespace {

// Calls f.operator()<T>() for the value type of the kind.
template <class F>
Result<Bytes> with_type(std::uint32_t kind, F f) {
  switch (static_cast<Kind>(kind)) {
    case Kind::kCertificate:
      return f.template operator()<Certificate>();
    case Kind::kUnit:
      return f.template operator()<Unit>();
    case Kind::kAppointment:
      return f.template operator()<Appointment>();
    case Kind::kRevocation:
      return f.template operator()<Revocation>();
    case Kind::kAlert:
      return f.template operator()<Alert>();
    case Kind::kPost:
      return f.template operator()<Post>();
    case Kind::kDeviceList:
      return f.template operator()<DeviceList>();
    case Kind::kProfile:
      return f.template operator()<Profile>();
    case Kind::kVoucher:
      return f.template operator()<Voucher>();
    case Kind::kJoinRequest:
      return f.template operator()<JoinRequest>();
    case Kind::kInvitation:
      return f.template operator()<Invitation>();
    case Kind::kOfficeRequest:
      return f.template operator()<OfficeRequest>();
    case Kind::kLogin:
      return f.template operator()<Login>();
    case Kind::kRefusal:
      return f.template operator()<Refusal>();
    default:
      return fail(ErrorCode::kUnknownKind, "not a kind that clients make or open");
  }
}

template <class T>
concept NamesItsSigner = requires(const T& value) { value.signer(); };

// schema/core.proto, Opened.
Result<Bytes> opened(const StatementId& id, ByteView body,
                     std::span<const SignatureBy> signatures) {
  codec::Writer out;
  out.fixed(1, id).bytes(2, body);
  for (const SignatureBy& signature : signatures) {
    codec::Writer by;
    by.fixed(1, signature.key);
    if (!signature.device_list.empty()) {
      const auto signer = device_signer(signature);
      if (!signer) return std::unexpected(signer.error());
      by.fixed(2, signer->account).u64(3, signer->list_version);
    }
    out.element(3, by.take());
  }
  return out.take();
}

// The value was re-encoded from what was verified; the encoding is canonical, so these are the
// signed bytes.
template <class T>
Result<Bytes> opened(const Result<Verified<T>>& verified) {
  if (!verified) return std::unexpected(verified.error());
  return opened(verified->id, verified->value.encode_body(), verified->signatures);
}

}  // namespace

// Statement of the kind over `body` (statement.<Kind>), which is checked by the kind's rules before
// it is signed. device_list: Statement(DEVICE_LIST), or empty where the key signs for itself.
XOM_EXPORT(xom_statement_make)
Answer* xom_statement_make(std::uint32_t kind, const std::uint8_t* body, std::size_t body_size,
                           const SigningKey* key, const std::uint8_t* list, std::size_t list_size) {
  const Bytes device_list(list, list + list_size);
  return give(with_type(kind, [&]<class T>() -> Result<Bytes> {
    const auto value = T::decode_body(in(body, body_size));
    if (!value) return std::unexpected(value.error());
    return sign_value(*value, *key, device_list);
  }));
}

// The same statement with one signature more; those that it has must verify.
XOM_EXPORT(xom_statement_add_signature)
Answer* xom_statement_add_signature(const std::uint8_t* data, std::size_t size,
                                    const SigningKey* key, const std::uint8_t* list,
                                    std::size_t list_size) {
  auto statement = Statement::decode(in(data, size));
  if (!statement) return give_error(statement.error());
  if (const auto ok = statement->verify(statement->kind); !ok) return give_error(ok.error());
  if (statement->signatures.size() >= kMaxSignatures) {
    return give_error(Error{ErrorCode::kTooLarge, "no room for a further signature"});
  }
  statement->sign(*key, Bytes(list, list + list_size));
  return give(ByteView{statement->encode()});
}

// core.Opened: all signatures verified (device lists too), then the body read.
XOM_EXPORT(xom_statement_open)
Answer* xom_statement_open(std::uint32_t kind, const std::uint8_t* data, std::size_t size) {
  return give(with_type(
      kind, [&]<class T>() -> Result<Bytes> { return opened(open_statement<T>(in(data, size))); }));
}

// The same; exactly one signature, by the key that the value itself names. kUnknownKind for kinds
// that name none.
XOM_EXPORT(xom_statement_open_self_signed)
Answer* xom_statement_open_self_signed(std::uint32_t kind, const std::uint8_t* data,
                                       std::size_t size) {
  return give(with_type(kind, [&]<class T>() -> Result<Bytes> {
    if constexpr (NamesItsSigner<T>) {
      return opened(open_self_signed<T>(in(data, size)));
    } else {
      return fail(ErrorCode::kUnknownKind, "this kind does not name its signer");
    }
  }));
}

// Is `body` well formed by the kind's rules? Gives it back.
XOM_EXPORT(xom_body_check)
Answer* xom_body_check(std::uint32_t kind, const std::uint8_t* body, std::size_t size) {
  return give(with_type(kind, [&]<class T>() -> Result<Bytes> {
    const auto value = T::decode_body(in(body, size));
    if (!value) return std::unexpected(value.error());
    return value->encode_body();
  }));
}

// core.Opened of an invitation by this issuer that has not expired at `now`.
XOM_EXPORT(xom_invitation_verify)
Answer* xom_invitation_verify(const std::uint8_t* data, std::size_t size,
                              const std::uint8_t* issuer, std::size_t issuer_size,
                              std::int64_t now) {
  const auto node = NodeId::from(in(issuer, issuer_size));
  if (!node) return give_error(node.error());
  return give(opened(verify_invitation(in(data, size), *node, TimeMs{now})));
}

}  // namespace xom::wasm
