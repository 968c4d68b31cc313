// RFC 9420, section 9: keys of messages. A value whose copies share what did not change; every
// used secret is wiped with the last copy that holds it.
#pragma once

#include <map>
#include <memory>

#include "protocol/mls/cipher_suite.h"
#include "protocol/mls/tree_math.h"

namespace xom::mls {

enum class RatchetType : std::uint8_t { kHandshake, kApplication };

struct MessageKey {
  std::uint32_t generation = 0;
  Secret key;
  std::array<std::uint8_t, 12> nonce{};
};

class SecretTree {
 public:
  SecretTree() = default;
  SecretTree(TreeSize size, const Secret& encryption_secret);

  // The sender's next key, which is used up by this. kTooLarge after 2^32 - 1 generations.
  [[nodiscard]] Result<MessageKey> next(LeafIndex sender, RatchetType type);
  // A receiver's key; skipped ones are kept (bounded: kMaxSkippedGenerations, kTooLarge), a used
  // one is kNotFound. Kept in the tree until consume(), so that a forged message costs nothing:
  // `peek` on a copy, then assign the copy.
  [[nodiscard]] Result<MessageKey> take(LeafIndex sender, RatchetType type,
                                        std::uint32_t generation);

  // Storage (state_records.h): what belongs to one sender, and what belongs to none yet.
  void write_sender(LeafIndex sender, crypto::SecretBytes& out) const;
  [[nodiscard]] Result<void> read_sender(LeafIndex sender, ByteView bytes);
  [[nodiscard]] crypto::SecretBytes write_nodes() const;
  [[nodiscard]] static Result<SecretTree> read_nodes(TreeSize size, ByteView bytes);
  // Senders whose ratchets differ from those of `before` (by identity), for small updates.
  [[nodiscard]] std::vector<LeafIndex> changed_since(const SecretTree& before) const;
  [[nodiscard]] bool nodes_changed_since(const SecretTree& before) const;
  [[nodiscard]] TreeSize size() const { return size_; }

 private:
  struct Ratchet;  // next secret, generation, kept keys
  struct Sender {
    std::shared_ptr<const Ratchet> handshake, application;
  };
  TreeSize size_;
  std::vector<std::shared_ptr<const Secret>> nodes_;  // unexpanded secrets; null: none or used up
  std::vector<Sender> senders_;
};

}  // namespace xom::mls
