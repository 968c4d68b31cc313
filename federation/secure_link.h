// Two nodes prove their node keys to each other and seal everything that follows, on any
// MessageChannel. Field by field in federation/README.md. Independent of TLS: the proofs cover the
// keys of this connection.
#pragma once

#include <sodium/crypto_secretstream_xchacha20poly1305.h>

#include <functional>
#include <memory>
#include <optional>

#include "federation/message_channel.h"
#include "protocol/crypto/crypto.h"
#include "protocol/trust/session.h"

namespace xom::federation {

using Role = trust::LinkRole;  // the child dials

// Who we are on a link. The key must outlive every link made with it.
struct LinkIdentity {
  NodeId node_id;
  const crypto::SigningKey& node_key;
};

// Who the other end is. The node key is proven; that this key belongs to that node id is only its
// word, and is for the caller to check against a certificate.
struct PeerIdentity {
  NodeId node_id;
  NodeKey node_key;
};

// Judges the other end by its hello, before we prove ourselves to it; an error ends the handshake
// with that error.
using PeerPolicy = std::function<Result<void>(const PeerIdentity&)>;
// The policy of who knows whom it is calling: kWrongNode for any other key.
[[nodiscard]] PeerPolicy expect_node_key(NodeKey key);

class SecureLink {
 public:
  // Runs the handshake to its end within kHandshakeTime; on an error the channel is closed.
  // Errors: kWrongNode (policy), kBadSignature or kUntrusted (the proof is not by that key for this
  // connection and role), kUnsupportedVersion, kMalformed, kTooLarge, kUnavailable or kIo (channel
  // ended, or time over).
  [[nodiscard]] static Awaitable<Result<std::unique_ptr<SecureLink>>> handshake(
      ChannelPtr channel, Role role, LinkIdentity self, PeerPolicy policy, crypto::Random& random);

  SecureLink(const SecureLink&) = delete;
  SecureLink& operator=(const SecureLink&) = delete;
  ~SecureLink();

  [[nodiscard]] const PeerIdentity& peer() const { return peer_; }

  // The next frame, opened. kBadSignature: changed, repeated, reordered or left out on the way; the
  // link is closed then. kUnavailable: the other end said that it has finished, or this end was
  // closed. kIo: cut off without that word. kTooLarge: over kMaxFrame.
  [[nodiscard]] Awaitable<Result<Bytes>> read();

  // Seals and sends. At most kMaxFrame bytes less the seal, else kTooLarge and nothing is sent. One
  // write at a time.
  [[nodiscard]] Awaitable<Result<void>> write(Bytes frame);

  // Sends the sealed last word, so that the other end can tell an end from a cut. Nothing may be
  // written after.
  [[nodiscard]] Awaitable<Result<void>> finish();

  // The transport below, for a Deadline on it.
  [[nodiscard]] MessageChannel& channel() { return *channel_; }

  // Ends the link at once.
  void close() noexcept { channel_->close(); }

 private:
  struct Hello;
  SecureLink(ChannelPtr channel, Role role, PeerIdentity peer);
  Awaitable<Result<void>> seal_and_send(Bytes frame, unsigned char tag);
  [[nodiscard]] Result<Bytes> open(ByteView sealed);

  ChannelPtr channel_;
  Role role_;
  PeerIdentity peer_;
  Hash transcript_;
  crypto::Secret<32> receive_key_;
  crypto::Secret<32> send_key_;
  crypto_secretstream_xchacha20poly1305_state receive_{};
  crypto_secretstream_xchacha20poly1305_state send_{};
  bool receiving_ = false;  // the first sealed message of a direction begins with its stream header
  bool sending_ = false;
  std::optional<Error> broken_;
  bool other_finished_ = false;
  bool finished_ = false;
};

}  // namespace xom::federation
