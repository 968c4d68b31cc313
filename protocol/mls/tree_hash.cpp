#include "protocol/mls/tree_hash.h"

#include <algorithm>
#include <cassert>

namespace xom::mls {

namespace {

constexpr std::uint8_t kLeaf = 1;
constexpr std::uint8_t kParent = 2;
// More than what is hashed usually takes, so that buffers need not grow.
constexpr std::size_t kLeafBytes = 512;
constexpr std::size_t kParentBytes = 192;

}  // namespace

Hash hash_of_leaf(LeafIndex index, const LeafNode* leaf) {
  Output out;
  out.reserve(kLeafBytes);
  out.u8(kLeaf);
  out.u32(raw(index));
  out.u8(leaf != nullptr ? 1 : 0);
  if (leaf != nullptr) leaf->write(out);
  return crypto::sha256(out.view());
}

Hash hash_of_parent(const ParentNode* parent, const Hash& left, const Hash& right) {
  Output out;
  out.reserve(kParentBytes);
  out.u8(kParent);
  out.u8(parent != nullptr ? 1 : 0);
  if (parent != nullptr) parent->write(out);
  out.vector(left.bytes);
  out.vector(right.bytes);
  return crypto::sha256(out.view());
}

Hash parent_hash_of(ByteView encryption_key, ByteView parent_hash, const Hash& original_sibling) {
  Output out;
  out.reserve(kParentBytes);
  out.vector(encryption_key);
  out.vector(parent_hash);
  out.vector(original_sibling.bytes);
  return crypto::sha256(out.view());
}

std::span<const LeafIndex> leaves_below(std::span<const LeafIndex> leaves, NodeIndex node) {
  const NodeRange range = nodes_below(node);
  const auto first = std::lower_bound(leaves.begin(), leaves.end(), leaf_of(range.first));
  const auto last = std::upper_bound(first, leaves.end(), leaf_of(range.last));
  return leaves.subspan(static_cast<std::size_t>(first - leaves.begin()),
                        static_cast<std::size_t>(last - first));
}

Hash OriginalHashes::parent_hash(NodeIndex parent, NodeIndex copath_child) {
  const ParentNode* node = tree_.parent(parent);
  assert(node != nullptr);
  return parent_hash_of(node->encryption_key, node->parent_hash,
                        hash_without(copath_child, node->unmerged_leaves));
}

Hash OriginalHashes::hash_without(NodeIndex node, Leaves unmerged) {
  const Leaves without = leaves_below(unmerged, node);
  if (without.empty()) return tree_.tree_hash(node);
  if (is_leaf(node)) return hash_of_leaf(leaf_of(node), nullptr);
  if (known_.empty()) known_.resize(tree_.size().nodes());
  if (std::ranges::equal(known_[raw(node)].without, without)) return known_[raw(node)].hash;
  const Hash left_hash = hash_without(left(node), without);
  const Hash right_hash = hash_without(right(node), without);
  const ParentNode* parent = tree_.parent(node);
  std::optional<ParentNode> original;
  if (parent != nullptr) {
    original = ParentNode{parent->encryption_key, parent->parent_hash, {}};
    std::ranges::set_difference(parent->unmerged_leaves, without,
                                std::back_inserter(original->unmerged_leaves));
  }
  const Hash hash = hash_of_parent(original ? &*original : nullptr, left_hash, right_hash);
  known_[raw(node)] = {without, hash};
  return hash;
}

Hash RatchetTree::tree_hash(NodeIndex index) const {
  assert(size_.contains(index));
  if (const auto& known = hashes_[raw(index)]) return *known;
  const Hash hash = is_leaf(index) ? hash_of_leaf(leaf_of(index), leaf(leaf_of(index)))
                                   : hash_of_parent(parent(index), tree_hash(left(index)),
                                                    tree_hash(right(index)));
  hashes_.set(raw(index), hash);
  return hash;
}

Hash RatchetTree::parent_hash(NodeIndex parent, NodeIndex copath_child) const {
  return OriginalHashes(*this).parent_hash(parent, copath_child);
}

}  // namespace xom::mls
