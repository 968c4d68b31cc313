#include "protocol/mls/tree_math.h"

#include <bit>
#include <cassert>

namespace xom::mls {

TreeSize TreeSize::for_leaves(std::uint32_t count) {
  assert(count <= 1U << 30);
  return {std::bit_ceil(count == 0 ? 1U : count)};
}

std::uint32_t level(NodeIndex node) {
  return static_cast<std::uint32_t>(std::countr_one(raw(node)));
}

NodeIndex left(NodeIndex node) {
  assert(!is_leaf(node));
  return NodeIndex{raw(node) ^ (1U << (level(node) - 1))};
}

NodeIndex right(NodeIndex node) {
  assert(!is_leaf(node));
  return NodeIndex{raw(node) ^ (3U << (level(node) - 1))};
}

NodeIndex parent(NodeIndex node, [[maybe_unused]] TreeSize size) {
  assert(size.contains(node) && node != size.root());
  const std::uint32_t height = level(node);
  const std::uint32_t is_right = raw(node) >> (height + 1) & 1;
  return NodeIndex{(raw(node) | 1U << height) ^ is_right << (height + 1)};
}

NodeIndex sibling(NodeIndex node, [[maybe_unused]] TreeSize size) {
  assert(size.contains(node) && node != size.root());
  return NodeIndex{raw(node) ^ 2U << level(node)};
}

std::vector<NodeIndex> direct_path(NodeIndex node, TreeSize size) {
  std::vector<NodeIndex> path;
  path.reserve(level(size.root()) - level(node));
  while (node != size.root()) path.push_back(node = parent(node, size));
  return path;
}

std::vector<NodeIndex> copath(NodeIndex node, TreeSize size) {
  std::vector<NodeIndex> path;
  path.reserve(level(size.root()) - level(node));
  for (; node != size.root(); node = parent(node, size)) path.push_back(sibling(node, size));
  return path;
}

NodeRange nodes_below(NodeIndex subtree_root) {
  const std::uint32_t reach = (1U << level(subtree_root)) - 1;
  return {NodeIndex{raw(subtree_root) - reach}, NodeIndex{raw(subtree_root) + reach}};
}

bool is_in_subtree(NodeIndex node, NodeIndex subtree_root) {
  const NodeRange range = nodes_below(subtree_root);
  return node >= range.first && node <= range.last;
}

}  // namespace xom::mls
