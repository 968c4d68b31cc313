// RFC 9420, sections 7.3 and 12.4.2: the keys of a tree in one place, so that a new key is told to
// be new without reading a thousand leaves. A value.
#pragma once

#include "protocol/mls/ratchet_tree.h"

namespace xom::mls {

class KeyIndex {
 public:
  [[nodiscard]] static KeyIndex of(const RatchetTree& tree);
  // To be called with the changed tree for each leaf that changed, itself or on its direct path.
  void follow(const RatchetTree& tree, LeafIndex leaf);

  // How many nodes of `tree` (the indexed one) hold this encryption key.
  [[nodiscard]] std::size_t count_encryption_key(const RatchetTree& tree, ByteView key) const;
  // How many leaves hold this signature key.
  [[nodiscard]] std::size_t count_signature_key(const RatchetTree& tree, ByteView key) const;
  // 12.4.2: is none of these keys in any node?
  [[nodiscard]] bool all_new(const RatchetTree& tree, const std::vector<ByteView>& keys) const;

 private:
  void resize(TreeSize size);
  void read_leaf(const RatchetTree& tree, LeafIndex leaf);
  void read_key(const RatchetTree& tree, NodeIndex node);

  // First bytes of keys: a candidate is compared in full. Blank: 0.
  std::vector<std::uint32_t> encryption_;  // by node
  std::vector<std::uint32_t> signature_;   // by leaf
};

}  // namespace xom::mls
