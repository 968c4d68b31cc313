#include "federation/secure_link.h"

#include <sodium/crypto_kx.h>
#include <sodium/utils.h>

#include <boost/asio/this_coro.hpp>
#include <cstring>

#include "federation/deadline.h"
#include "federation/limits.h"
#include "link.pb.h"

namespace xom::federation {
namespace {

constexpr std::size_t kStreamHeader = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t kSeal = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr unsigned char kMessage = crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
constexpr unsigned char kFinal = crypto_secretstream_xchacha20poly1305_TAG_FINAL;

Bytes bytes_of(const std::string& s) { return Bytes(s.begin(), s.end()); }
std::string string_of(ByteView b) { return std::string(b.begin(), b.end()); }

Awaitable<Result<Bytes>> read_small(MessageChannel& channel) {
  auto message = co_await channel.read();
  if (message && message->size() > kMaxHandshakeMessage)
    co_return fail(ErrorCode::kTooLarge, "handshake message over the limit");
  co_return message;
}

Bytes make_proof(Role role, const Hash& transcript, const crypto::SigningKey& key) {
  link::LinkProof proof;
  proof.set_proof(string_of(trust::sign_value(trust::LinkHandshake{role, transcript}, key)));
  return bytes_of(proof.SerializeAsString());
}

Result<void> check_proof(ByteView message, Role prover, const Hash& transcript,
                         const NodeKey& key) {
  link::LinkProof proof;
  if (!proof.ParseFromArray(message.data(), static_cast<int>(message.size())))
    return fail(ErrorCode::kMalformed, "not a link proof");
  auto verified = trust::verify_link(view_of(proof.proof()), key, prover, transcript);
  if (!verified) return std::unexpected(verified.error().during("link proof"));
  return {};
}

}  // namespace

struct SecureLink::Hello {
  PeerIdentity identity;
  std::array<std::uint8_t, 32> ephemeral{};

  static Result<Hello> parse(ByteView message) {
    link::LinkHello hello;
    if (!hello.ParseFromArray(message.data(), static_cast<int>(message.size())))
      return fail(ErrorCode::kMalformed, "not a link hello");
    if (hello.version() != kLinkVersion)
      return fail(ErrorCode::kUnsupportedVersion,
                  "the other node speaks link version " + std::to_string(hello.version()));
    auto id = NodeId::from(view_of(hello.node_id()));
    auto key = NodeKey::from(view_of(hello.node_key()));
    if (!id || !key || hello.ephemeral().size() != 32 || hello.nonce().size() != 32)
      return fail(ErrorCode::kMalformed, "link hello with a field of the wrong length");
    Hello parsed{{*id, *key}, {}};
    std::memcpy(parsed.ephemeral.data(), hello.ephemeral().data(), 32);
    return parsed;
  }
};

PeerPolicy expect_node_key(NodeKey key) {
  return [key](const PeerIdentity& peer) -> Result<void> {
    if (peer.node_key == key) return {};
    return fail(ErrorCode::kWrongNode,
                "the other node has key " + peer.node_key.hex() + ", expected " + key.hex());
  };
}

SecureLink::SecureLink(ChannelPtr channel, Role role, PeerIdentity peer)
    : channel_(std::move(channel)), role_(role), peer_(peer) {}

SecureLink::~SecureLink() {
  channel_->close();
  sodium_memzero(&receive_, sizeof receive_);
  sodium_memzero(&send_, sizeof send_);
}

Awaitable<Result<std::unique_ptr<SecureLink>>> SecureLink::handshake(ChannelPtr channel, Role role,
                                                                     LinkIdentity self,
                                                                     PeerPolicy policy,
                                                                     crypto::Random& random) {
  const auto executor = co_await boost::asio::this_coro::executor;
  std::unique_ptr<SecureLink> made(new SecureLink(std::move(channel), role, PeerIdentity{}));
  MessageChannel& wire = *made->channel_;
  Deadline deadline(executor, kHandshakeTime, wire);

  crypto::Secret<32> secret;
  std::array<std::uint8_t, 32> seed_public{};
  crypto::Secret<32> seed;
  random.fill(seed.mutable_view());
  crypto_kx_seed_keypair(seed_public.data(), secret.mutable_view().data(), seed.view().data());

  std::array<std::uint8_t, 32> nonce{};
  random.fill(nonce);
  const NodeKey own_key = self.node_key.public_key_as<NodeKey>();
  link::LinkHello hello;
  hello.set_version(kLinkVersion);
  hello.set_node_id(string_of(self.node_id.view()));
  hello.set_node_key(string_of(own_key.view()));
  hello.set_ephemeral(string_of(seed_public));
  hello.set_nonce(string_of(nonce));
  const Bytes own_hello = bytes_of(hello.SerializeAsString());

  // The child speaks first in each round; so the parent spends nothing on a caller that says
  // nothing.
  Result<void> sent;
  if (role == Role::kChild) {
    sent = co_await wire.write(own_hello);
    if (!sent) co_return std::unexpected(sent.error().during("link hello"));
  }
  auto message = co_await read_small(wire);
  if (!message) co_return std::unexpected(message.error().during("link hello"));
  auto other = Hello::parse(*message);
  if (!other) co_return std::unexpected(other.error());
  if (other->ephemeral == seed_public)
    co_return fail(ErrorCode::kBadSignature, "our own link hello came back");
  if (policy) {
    auto judged = policy(other->identity);
    if (!judged) co_return std::unexpected(judged.error());
  }
  made->peer_ = other->identity;
  if (role == Role::kParent) {
    sent = co_await wire.write(own_hello);
    if (!sent) co_return std::unexpected(sent.error().during("link hello"));
  }
  made->transcript_ = role == Role::kChild ? trust::link_transcript(own_hello, *message)
                                           : trust::link_transcript(*message, own_hello);

  const auto derive =
      role == Role::kChild ? crypto_kx_client_session_keys : crypto_kx_server_session_keys;
  if (derive(made->receive_key_.mutable_view().data(), made->send_key_.mutable_view().data(),
             seed_public.data(), secret.view().data(), other->ephemeral.data()) != 0)
    co_return fail(ErrorCode::kMalformed, "link hello with an unusable ephemeral key");

  const Role peer_role = role == Role::kChild ? Role::kParent : Role::kChild;
  const Bytes own_proof = make_proof(role, made->transcript_, self.node_key);
  if (role == Role::kChild) {
    sent = co_await wire.write(own_proof);
    if (!sent) co_return std::unexpected(sent.error().during("link proof"));
  }
  auto proof = co_await read_small(wire);
  if (!proof) co_return std::unexpected(proof.error().during("link proof"));
  auto proven = check_proof(*proof, peer_role, made->transcript_, made->peer_.node_key);
  if (!proven) co_return std::unexpected(proven.error());
  if (role == Role::kParent) {
    sent = co_await wire.write(own_proof);
    if (!sent) co_return std::unexpected(sent.error().during("link proof"));
  }
  co_return made;
}

Awaitable<Result<Bytes>> SecureLink::read() {
  if (other_finished_)
    co_return fail(ErrorCode::kUnavailable, "the other node has finished the link");
  if (broken_) co_return std::unexpected(*broken_);
  auto sealed = co_await channel_->read();
  if (!sealed) {
    // Only the sealed last word is a good end; a close of the transport can be anybody's.
    if (sealed.error().code == ErrorCode::kUnavailable && !finished_)
      co_return fail(ErrorCode::kIo, "link cut off: " + sealed.error().message);
    co_return std::unexpected(sealed.error());
  }
  auto frame = open(*sealed);
  if (!frame && !other_finished_) {
    // The cipher's state outlives a frame that it refused: what follows in order would still open.
    broken_ = frame.error();
    channel_->close();
  }
  co_return frame;
}

Result<Bytes> SecureLink::open(ByteView sealed) {
  if (sealed.size() > kMaxFrame) return fail(ErrorCode::kTooLarge, "link frame over the limit");
  const std::size_t least = kSeal + (receiving_ ? 0 : kStreamHeader);
  if (sealed.size() < least) return fail(ErrorCode::kMalformed, "link frame too short");
  if (!receiving_) {
    crypto_secretstream_xchacha20poly1305_init_pull(&receive_, sealed.data(),
                                                    receive_key_.view().data());
    receiving_ = true;
    sealed = sealed.subspan(kStreamHeader);
  }
  Bytes frame(sealed.size() - kSeal);
  unsigned char tag = 0;
  if (crypto_secretstream_xchacha20poly1305_pull(
          &receive_, frame.data(), nullptr, &tag, sealed.data(), sealed.size(),
          transcript_.bytes.data(), transcript_.bytes.size()) != 0)
    return fail(ErrorCode::kBadSignature, "link frame changed, repeated or missing on the way");
  if (tag == kFinal) {
    other_finished_ = true;
    return fail(ErrorCode::kUnavailable, "the other node has finished the link");
  }
  return frame;
}

Awaitable<Result<void>> SecureLink::write(Bytes frame) {
  if (finished_) co_return fail(ErrorCode::kUnavailable, "link finished");
  auto sent = co_await seal_and_send(std::move(frame), kMessage);
  co_return sent;
}

Awaitable<Result<void>> SecureLink::finish() {
  if (finished_) co_return Result<void>{};
  finished_ = true;
  Bytes nothing;
  auto sent = co_await seal_and_send(std::move(nothing), kFinal);
  co_return sent;
}

Awaitable<Result<void>> SecureLink::seal_and_send(Bytes frame, unsigned char tag) {
  if (frame.size() + kSeal + kStreamHeader > kMaxFrame)
    co_return fail(ErrorCode::kTooLarge, "link frame over the limit");
  const std::size_t prefix = sending_ ? 0 : kStreamHeader;
  Bytes sealed(prefix + frame.size() + kSeal);
  if (!sending_) {
    crypto_secretstream_xchacha20poly1305_init_push(&send_, sealed.data(), send_key_.view().data());
    sending_ = true;
  }
  crypto_secretstream_xchacha20poly1305_push(&send_, sealed.data() + prefix, nullptr, frame.data(),
                                             frame.size(), transcript_.bytes.data(),
                                             transcript_.bytes.size(), tag);
  auto sent = co_await channel_->write(std::move(sealed));
  co_return sent;
}

}  // namespace xom::federation
