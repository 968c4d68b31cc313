#include "protocol/trust/statement.h"

#include <algorithm>

#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"
#include "protocol/trust/verified.h"

namespace xom::trust {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kContexts[] = {
    ""sv,
    "xom/1/certificate\0"sv,
    "xom/1/unit\0"sv,
    "xom/1/appointment\0"sv,
    "xom/1/revocation\0"sv,
    "xom/1/alert\0"sv,
    "xom/1/post\0"sv,
    "xom/1/device-list\0"sv,
    "xom/1/profile\0"sv,
    "xom/1/voucher\0"sv,
    "xom/1/join-request\0"sv,
    "xom/1/invitation\0"sv,
    "xom/1/office-request\0"sv,
    "xom/1/enrolment-grant\0"sv,
    "xom/1/enrolment-request\0"sv,
    "xom/1/entry-header\0"sv,
    "xom/1/log-head\0"sv,
    "xom/1/login\0"sv,
    "xom/1/link-handshake\0"sv,
    "xom/1/leadership\0"sv,
    "xom/1/refusal\0"sv,
};
constexpr std::uint64_t kLastKind = std::size(kContexts) - 1;
static_assert(kLastKind == static_cast<std::uint64_t>(Kind::kRefusal));

Bytes signed_bytes(Kind kind, ByteView body) {
  const ByteView context = view_of(context_of(kind));
  Bytes out;
  out.reserve(context.size() + body.size());
  out.insert(out.end(), context.begin(), context.end());
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

Result<SignatureBy> decode_signature(ByteView bytes) {
  codec::Reader reader(bytes);
  SignatureBy by;
  by.key = reader.fixed<decltype(by.key)>(1);
  by.signature = reader.fixed<Signature>(2);
  const ByteView list = reader.bytes(3, kMaxStatement);
  if (auto ok = reader.finish(); !ok) return std::unexpected(ok.error().during("signature"));
  by.device_list.assign(list.begin(), list.end());
  return by;
}

}  // namespace

std::string_view context_of(Kind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index <= kLastKind ? kContexts[index] : ""sv;
}

StatementId Statement::id() const {
  const ByteView parts[] = {view_of(context_of(kind)), body};
  StatementId id;
  id.bytes = crypto::sha256(parts).bytes;
  return id;
}

Bytes Statement::encode() const {
  codec::Writer writer;
  writer.enumeration(1, kind).bytes(2, body);
  for (const SignatureBy& by : signatures) {
    codec::Writer inner;
    inner.fixed(1, by.key).fixed(2, by.signature).bytes(3, by.device_list);
    writer.element(3, inner.take());
  }
  return writer.take();
}

Result<Statement> Statement::decode(ByteView bytes) {
  if (bytes.size() > kMaxStatement) return fail(ErrorCode::kTooLarge, "statement over its limit");
  codec::Reader reader(bytes);
  const std::uint64_t kind = reader.u64(1);
  const ByteView body = reader.bytes(2, kMaxBody);
  const std::vector<ByteView> signatures = reader.bytes_list(3, kMaxSignatures, kMaxStatement);
  if (auto ok = reader.finish(); !ok) return std::unexpected(ok.error().during("statement"));
  if (kind == 0 || kind > kLastKind)
    return fail(ErrorCode::kUnknownKind, "statement of unknown kind");
  Statement statement;
  statement.kind = static_cast<Kind>(kind);
  for (ByteView encoded : signatures) {
    auto by = decode_signature(encoded);
    if (!by) return std::unexpected(by.error());
    statement.signatures.push_back(std::move(*by));
  }
  statement.body.assign(body.begin(), body.end());
  return statement;
}

Result<void> Statement::verify(Kind expected) const {
  if (kind != expected) return fail(ErrorCode::kUnknownKind, "statement of another kind");
  if (signatures.empty()) return fail(ErrorCode::kBadSignature, "statement without a signature");
  const Bytes bytes = signed_bytes(kind, body);
  for (const SignatureBy& by : signatures) {
    if (!crypto::verify(by.key.view(), bytes, by.signature)) {
      return fail(ErrorCode::kBadSignature, "signature does not verify");
    }
  }
  return {};
}

void Statement::sign(const crypto::SigningKey& key, Bytes device_list) {
  SignatureBy by;
  by.key = key.public_key_as<decltype(by.key)>();
  by.signature = key.sign(signed_bytes(kind, body));
  by.device_list = std::move(device_list);
  signatures.push_back(std::move(by));
}

Result<void> require_signers(std::span<const SignatureBy> signatures,
                             std::span<const ByteView> keys) {
  const bool plain = std::all_of(signatures.begin(), signatures.end(),
                                 [](const SignatureBy& by) { return by.device_list.empty(); });
  if (!plain || signatures.size() != keys.size()) {
    return fail(ErrorCode::kUntrusted, "not signed by the keys that must sign this kind");
  }
  for (const SignatureBy& by : signatures) {
    const auto same = [&](ByteView key) { return std::ranges::equal(by.key.bytes, key); };
    if (std::none_of(keys.begin(), keys.end(), same)) {
      return fail(ErrorCode::kUntrusted, "signed by a key that must not sign this kind");
    }
  }
  for (ByteView key : keys) {
    const auto by_key = [&](const SignatureBy& by) {
      return std::ranges::equal(by.key.bytes, key);
    };
    if (std::count_if(signatures.begin(), signatures.end(), by_key) != 1) {
      return fail(ErrorCode::kUntrusted, "not signed by the key that must sign this kind");
    }
  }
  return {};
}

}  // namespace xom::trust
