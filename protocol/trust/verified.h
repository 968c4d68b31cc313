// From bytes to a value, in the only order allowed: envelope, signatures, then the body.
#pragma once

#include <span>

#include "protocol/trust/statement.h"

namespace xom::trust {

// A signed kind T has: static constexpr Kind kKind; Bytes encode_body() const;
// static Result<T> decode_body(ByteView). The value of one whose signatures were all verified.
template <class T>
struct Verified {
  T value;
  StatementId id;
  std::vector<SignatureBy> signatures;  // who these keys are is the caller's question
};

// kUnknownKind, kBadSignature, kMalformed, kTooLarge.
template <class T>
[[nodiscard]] Result<Verified<T>> open_statement(const Statement& statement) {
  if (auto ok = statement.verify(T::kKind); !ok) return std::unexpected(ok.error());
  auto value = T::decode_body(statement.body);
  if (!value) return std::unexpected(value.error());
  return Verified<T>{std::move(*value), statement.id(), statement.signatures};
}
template <class T>
[[nodiscard]] Result<Verified<T>> open_statement(ByteView bytes) {
  auto statement = Statement::decode(bytes);
  if (!statement) return std::unexpected(statement.error());
  return open_statement<T>(*statement);
}

// kUntrusted unless exactly these keys signed, in any order, none through a device list.
[[nodiscard]] Result<void> require_signers(std::span<const SignatureBy> signatures,
                                           std::span<const ByteView> keys);

// open_statement + exactly one signature, by `key` itself.
template <class T>
[[nodiscard]] Result<Verified<T>> open_signed_by(const Statement& statement, ByteView key) {
  auto opened = open_statement<T>(statement);
  if (!opened) return opened;
  const ByteView keys[] = {key};
  if (auto ok = require_signers(opened->signatures, keys); !ok) return std::unexpected(ok.error());
  return opened;
}
template <class T>
[[nodiscard]] Result<Verified<T>> open_signed_by(ByteView bytes, ByteView key) {
  auto statement = Statement::decode(bytes);
  if (!statement) return std::unexpected(statement.error());
  return open_signed_by<T>(*statement, key);
}

// For kinds that name their own signer (T::signer()): the statement is signed by that key alone.
// Whether that key has any right is still the caller's question.
template <class T>
[[nodiscard]] Result<Verified<T>> open_self_signed(const Statement& statement) {
  auto opened = open_statement<T>(statement);
  if (!opened) return opened;
  const ByteView keys[] = {opened->value.signer()};
  if (auto ok = require_signers(opened->signatures, keys); !ok) return std::unexpected(ok.error());
  return opened;
}
template <class T>
[[nodiscard]] Result<Verified<T>> open_self_signed(ByteView bytes) {
  auto statement = Statement::decode(bytes);
  if (!statement) return std::unexpected(statement.error());
  return open_self_signed<T>(*statement);
}

// A new statement over `value` with one signature, encoded.
template <class T>
[[nodiscard]] Statement make_statement(const T& value) {
  return Statement{T::kKind, value.encode_body(), {}};
}
template <class T>
[[nodiscard]] Bytes sign_value(const T& value, const crypto::SigningKey& key,
                               Bytes device_list = {}) {
  Statement statement = make_statement(value);
  statement.sign(key, std::move(device_list));
  return statement.encode();
}

}  // namespace xom::trust
