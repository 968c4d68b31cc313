// RFC 9420, sections 7.8 and 7.9: hashes of nodes and of parents, on their own.
#pragma once

#include <span>

#include "protocol/mls/ratchet_tree.h"

namespace xom::mls {

// Null: blank.
[[nodiscard]] Hash hash_of_leaf(LeafIndex index, const LeafNode* leaf);
[[nodiscard]] Hash hash_of_parent(const ParentNode* parent, const Hash& left, const Hash& right);
// ParentHashInput.
[[nodiscard]] Hash parent_hash_of(ByteView encryption_key, ByteView parent_hash,
                                  const Hash& original_sibling);

// 7.9: tree hashes of siblings without their parent's unmerged leaves. What was computed is
// remembered per node and used again while the same leaves are missing below it, so that going up
// level by level through a whole tree hashes most nodes once. For one tree that does not change.
class OriginalHashes {
 public:
  explicit OriginalHashes(const RatchetTree& tree) : tree_(tree) {}
  // Of a parent that is not blank.
  [[nodiscard]] Hash parent_hash(NodeIndex parent, NodeIndex copath_child);

 private:
  using Leaves = std::span<const LeafIndex>;
  struct Known {
    Leaves without;
    Hash hash;
  };
  [[nodiscard]] Hash hash_without(NodeIndex node, Leaves unmerged);

  const RatchetTree& tree_;
  std::vector<Known> known_;
};

// Those of `leaves` (ascending) that are below `node`.
[[nodiscard]] std::span<const LeafIndex> leaves_below(std::span<const LeafIndex> leaves,
                                                      NodeIndex node);

}  // namespace xom::mls
