// RFC 9420, section 4.1.2 and appendix C: leaves and nodes of a left-balanced, full binary tree
// stored as an array; leaf i is node 2 i.
#pragma once

#include <optional>
#include <vector>

#include "protocol/base/bytes.h"

namespace xom::mls {

enum class LeafIndex : std::uint32_t {};
enum class NodeIndex : std::uint32_t {};

[[nodiscard]] constexpr NodeIndex node_of(LeafIndex leaf) { return NodeIndex{2 * raw(leaf)}; }
[[nodiscard]] constexpr bool is_leaf(NodeIndex node) { return raw(node) % 2 == 0; }
[[nodiscard]] constexpr LeafIndex leaf_of(NodeIndex node) { return LeafIndex{raw(node) / 2}; }

// A tree of so many leaf slots, a power of two (at least 1).
struct TreeSize {
  std::uint32_t leaves = 1;

  [[nodiscard]] static TreeSize for_leaves(std::uint32_t count);  // the smallest that holds them
  [[nodiscard]] std::uint32_t nodes() const { return 2 * leaves - 1; }
  [[nodiscard]] NodeIndex root() const { return NodeIndex{leaves - 1}; }
  [[nodiscard]] bool contains(NodeIndex node) const { return raw(node) < nodes(); }
  bool operator==(const TreeSize&) const = default;
};

[[nodiscard]] std::uint32_t level(NodeIndex node);  // 0: leaf
// Of a parent node (checked by assertion).
[[nodiscard]] NodeIndex left(NodeIndex node);
[[nodiscard]] NodeIndex right(NodeIndex node);
// Of any node but the root (checked by assertion).
[[nodiscard]] NodeIndex parent(NodeIndex node, TreeSize size);
[[nodiscard]] NodeIndex sibling(NodeIndex node, TreeSize size);
// From the parent of `node` up to the root.
[[nodiscard]] std::vector<NodeIndex> direct_path(NodeIndex node, TreeSize size);
// The sibling of `node`, then of each node of its direct path but the root.
[[nodiscard]] std::vector<NodeIndex> copath(NodeIndex node, TreeSize size);
[[nodiscard]] bool is_in_subtree(NodeIndex node, NodeIndex subtree_root);
// The nodes of a subtree stand next to each other in the array: the first and the last of them.
struct NodeRange {
  NodeIndex first, last;
};
[[nodiscard]] NodeRange nodes_below(NodeIndex subtree_root);

}  // namespace xom::mls
