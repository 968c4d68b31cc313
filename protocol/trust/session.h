// Proofs that live as long as a connection: a device's login, the two ends of a node link.
#pragma once

#include "protocol/trust/verified.h"

namespace xom::trust {

using Challenge = Fixed<struct ChallengeTag>;

struct Login {
  static constexpr Kind kKind = Kind::kLogin;
  NodeKey node_key;  // of the node that asked, so that it cannot be shown to another
  Challenge challenge;
  DeviceKey device;
  [[nodiscard]] ByteView signer() const { return device.view(); }
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<Login> decode_body(ByteView body);
};

// kUntrusted unless signed by the device for exactly this node and challenge.
[[nodiscard]] Result<DeviceKey> verify_login(ByteView statement, const NodeKey& node_key,
                                             const Challenge& challenge);

enum class LinkRole : std::uint8_t { kChild = 1, kParent = 2 };  // the child dialled

struct LinkHandshake {
  static constexpr Kind kKind = Kind::kLinkHandshake;
  LinkRole role{};
  Hash transcript;
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<LinkHandshake> decode_body(ByteView body);
};

// SHA-256("xom/1/link/transcript" 0 || u32 BE length of child_hello || child_hello || u32 BE length
// of parent_hello || parent_hello), over both LinkHello messages exactly as they crossed the wire.
[[nodiscard]] Hash link_transcript(ByteView child_hello, ByteView parent_hello);
// kUntrusted unless signed by `key` in this role over this transcript.
[[nodiscard]] Result<void> verify_link(ByteView statement, const NodeKey& key, LinkRole role,
                                       const Hash& transcript);

}  // namespace xom::trust
