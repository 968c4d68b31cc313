// RFC 9420, sections 9 and 15.3: keys of messages. A value whose copies share what did not change;
// every used secret is wiped with the last copy that holds it.
#pragma once

#include <memory>

#include "protocol/mls/cipher_suite.h"
#include "protocol/mls/tree_math.h"

namespace xom::mls {

enum class RatchetType : std::uint8_t { kHandshake, kApplication };

struct MessageKey {
  std::uint32_t generation = 0;
  Secret key;
  crypto::Secret<12> nonce;
};

class SecretTree {
 public:
  SecretTree() = default;  // of nobody
  // The caller wipes its own copy of the secret (9.2).
  SecretTree(TreeSize size, const Secret& encryption_secret);

  // The sender's next key, which is used up by this. kTooLarge after 2^32 - 1 generations,
  // kMalformed for a sender outside the tree.
  [[nodiscard]] Result<MessageKey> next(LeafIndex sender, RatchetType type);
  // A receiver's key, which is used up by this; a used one is kNotFound. Skipped ones are kept,
  // the newest kMaxSkippedGenerations of a ratchet; further ahead is kTooLarge, a sender outside
  // the tree kMalformed. So that a forged message costs nothing: take from a copy, and keep the
  // copy only if the message opened.
  [[nodiscard]] Result<MessageKey> take(LeafIndex sender, RatchetType type,
                                        std::uint32_t generation);

  // Storage (state_records.h): what belongs to one sender (empty: nothing yet), and what belongs to
  // none yet (never empty). Reading gives kMalformed for bytes that no tree writes; nodes first.
  void write_sender(LeafIndex sender, crypto::SecretBytes& out) const;
  [[nodiscard]] Result<void> read_sender(LeafIndex sender, ByteView bytes);
  [[nodiscard]] crypto::SecretBytes write_nodes() const;
  [[nodiscard]] static Result<SecretTree> read_nodes(TreeSize size, ByteView bytes);
  // Senders of this tree whose ratchets differ from those of `before` (by identity), for small
  // updates; ascending. One who has none any longer is among them.
  [[nodiscard]] std::vector<LeafIndex> changed_since(const SecretTree& before) const;
  [[nodiscard]] bool nodes_changed_since(const SecretTree& before) const;
  [[nodiscard]] TreeSize size() const { return size_; }

 private:
  // Immutable and shared: a change replaces the nodes from the root to one leaf, so a copy of a
  // tree is a copy of one pointer.
  struct Ratchet;
  struct Node;
  struct Records;
  using NodePtr = std::shared_ptr<const Node>;

  // A copy of the sender's ratchet, after what hid it was expanded; and the way back.
  [[nodiscard]] Result<Ratchet> ratchet(LeafIndex sender, RatchetType type);
  void keep(LeafIndex sender, RatchetType type, Ratchet ratchet);

  TreeSize size_;
  NodePtr root_;
};

}  // namespace xom::mls
