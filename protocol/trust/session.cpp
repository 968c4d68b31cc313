#include "protocol/trust/session.h"

#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"

namespace xom::trust {

Bytes Login::encode_body() const {
  codec::Writer w;
  w.fixed(1, node_key).fixed(2, challenge).fixed(3, device);
  return w.take();
}

Result<Login> Login::decode_body(ByteView body) {
  codec::Reader r(body);
  Login l;
  l.node_key = r.fixed<NodeKey>(1);
  l.challenge = r.fixed<Challenge>(2);
  l.device = r.fixed<DeviceKey>(3);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("login"));
  return l;
}

Result<DeviceKey> verify_login(ByteView statement, const NodeKey& node_key,
                               const Challenge& challenge) {
  auto opened = open_self_signed<Login>(statement);
  if (!opened) return std::unexpected(opened.error());
  if (opened->value.node_key != node_key || opened->value.challenge != challenge) {
    return fail(ErrorCode::kUntrusted, "answers another challenge");
  }
  return opened->value.device;
}

Bytes LinkHandshake::encode_body() const {
  codec::Writer w;
  w.enumeration(1, role).fixed(2, transcript);
  return w.take();
}

Result<LinkHandshake> LinkHandshake::decode_body(ByteView body) {
  codec::Reader r(body);
  LinkHandshake h;
  h.role = r.enumeration(1, LinkRole::kParent);
  h.transcript = r.fixed<Hash>(2);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("link handshake"));
  return h;
}

Hash link_transcript(ByteView child_hello, ByteView parent_hello) {
  using namespace std::string_view_literals;
  const auto length = [](ByteView bytes) {
    const auto n = static_cast<std::uint32_t>(bytes.size());
    return std::array{static_cast<std::uint8_t>(n >> 24), static_cast<std::uint8_t>(n >> 16),
                      static_cast<std::uint8_t>(n >> 8), static_cast<std::uint8_t>(n)};
  };
  const auto child_length = length(child_hello);
  const auto parent_length = length(parent_hello);
  const ByteView parts[] = {view_of("xom/1/link/transcript\0"sv), child_length, child_hello,
                            parent_length, parent_hello};
  return crypto::sha256(parts);
}

Result<void> verify_link(ByteView statement, const NodeKey& key, LinkRole role,
                         const Hash& transcript) {
  auto opened = open_signed_by<LinkHandshake>(statement, key.view());
  if (!opened) return std::unexpected(opened.error());
  if (opened->value.role != role || opened->value.transcript != transcript) {
    return fail(ErrorCode::kUntrusted, "proof of another connection or end");
  }
  return {};
}

}  // namespace xom::trust
