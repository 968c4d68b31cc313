#include <algorithm>
#include <bit>
#include <cassert>

#include "protocol/mls/limits.h"
#include "protocol/mls/ratchet_tree_node.h"

namespace xom::mls {

const LeafNode* RatchetTree::leaf(LeafIndex index) const {
  if (raw(index) >= size_.leaves) return nullptr;
  const auto& node = nodes_[raw(node_of(index))];
  return node != nullptr ? std::get_if<LeafNode>(&node->value) : nullptr;
}

const ParentNode* RatchetTree::parent(NodeIndex index) const {
  if (!size_.contains(index) || nodes_[raw(index)] == nullptr) return nullptr;
  return std::get_if<ParentNode>(&nodes_[raw(index)]->value);
}

const Bytes* RatchetTree::encryption_key(NodeIndex index) const {
  if (!size_.contains(index) || nodes_[raw(index)] == nullptr) return nullptr;
  return &nodes_[raw(index)]->encryption_key();
}

std::vector<LeafIndex> RatchetTree::members() const {
  std::vector<LeafIndex> members;
  members.reserve(size_.leaves);
  for (std::uint32_t i = 0; i < size_.leaves; ++i) {
    if (nodes_[raw(node_of(LeafIndex{i}))] != nullptr) members.push_back(LeafIndex{i});
  }
  return members;
}

const void* RatchetTree::identity(NodeIndex index) const {
  return size_.contains(index) ? nodes_[raw(index)].get() : nullptr;
}

template <class Use>
void RatchetTree::resolve(NodeIndex index, const std::vector<LeafIndex>& except, Use use) const {
  const auto use_leaf = [&](LeafIndex leaf) {
    if (std::ranges::find(except, leaf) == except.end()) use(node_of(leaf));
  };
  // From the left, without recursion: a tree of blank parents is walked leaf by leaf.
  const NodeRange range = nodes_below(index);
  std::uint32_t height = level(index);
  for (std::uint32_t first = raw(range.first); first <= raw(range.last); first += 2U << height) {
    const std::uint32_t before = first - raw(range.first);
    if (before != 0) height = static_cast<std::uint32_t>(std::countr_zero(before)) - 1;
    // Of the parents whose subtrees begin here, the highest that is not blank.
    const auto root = [&] { return first + (1U << height) - 1; };
    while (height != 0 && nodes_[root()] == nullptr) --height;
    const auto& node = nodes_[root()];
    if (node == nullptr) continue;
    if (height == 0) {
      use_leaf(leaf_of(NodeIndex{first}));
      continue;
    }
    use(NodeIndex{root()});
    for (const LeafIndex leaf : std::get_if<ParentNode>(&node->value)->unmerged_leaves) {
      use_leaf(leaf);
    }
  }
}

std::vector<NodeIndex> RatchetTree::resolution(NodeIndex index,
                                               const std::vector<LeafIndex>& except) const {
  assert(size_.contains(index));
  std::vector<NodeIndex> nodes;
  resolve(index, except, [&](NodeIndex node) { nodes.push_back(node); });
  return nodes;
}

std::size_t RatchetTree::resolution_size(NodeIndex index,
                                         const std::vector<LeafIndex>& except) const {
  assert(size_.contains(index));
  const NodeRange range = nodes_below(index);
  // Where all parents are blank, which is where it is long: the leaves, counted without a detour.
  if (nodes_.count_every_other(raw(range.first) + 1, raw(range.last)) == 0) {
    const auto left_out = std::ranges::count_if(except, [&](LeafIndex leaf_index) {
      return is_in_subtree(node_of(leaf_index), index) && leaf(leaf_index) != nullptr;
    });
    return nodes_.count_every_other(raw(range.first), raw(range.last)) -
           static_cast<std::size_t>(left_out);
  }
  std::size_t size = 0;
  resolve(index, except, [&](NodeIndex /*node*/) { ++size; });
  return size;
}

std::vector<RatchetTree::Step> RatchetTree::filtered_direct_path(LeafIndex leaf) const {
  assert(raw(leaf) < size_.leaves);
  std::vector<Step> steps;
  for (NodeIndex node = node_of(leaf); node != size_.root();) {
    const NodeIndex aside = sibling(node, size_);
    node = mls::parent(node, size_);
    // A resolution is empty exactly if all nodes of the subtree are blank.
    const NodeRange range = nodes_below(aside);
    std::uint32_t i = raw(range.first);
    while (i <= raw(range.last) && nodes_[i] == nullptr) ++i;
    if (i <= raw(range.last)) steps.push_back({node, aside});
  }
  return steps;
}

void RatchetTree::set(NodeIndex index, std::shared_ptr<const Node> node) {
  nodes_.set(raw(index), std::move(node));
  hashes_.set(raw(index), std::nullopt);
  // Above a forgotten hash all are forgotten already.
  while (index != size_.root()) {
    index = mls::parent(index, size_);
    if (!hashes_[raw(index)]) break;
    hashes_.set(raw(index), std::nullopt);
  }
}

void RatchetTree::blank_direct_path(LeafIndex leaf) {
  for (const NodeIndex node : direct_path(node_of(leaf), size_)) {
    if (nodes_[raw(node)] != nullptr) set(node, nullptr);
  }
}

Result<LeafIndex> RatchetTree::add(LeafNode leaf) {
  LeafIndex index{0};
  while (raw(index) < size_.leaves && nodes_[raw(node_of(index))] != nullptr) {
    index = LeafIndex{raw(index) + 1};
  }
  if (raw(index) == size_.leaves) {
    if (size_.leaves >= kMaxLeaves) return fail(ErrorCode::kTooLarge, "7.7: the tree is full");
    size_.leaves *= 2;
    nodes_.resize(size_.nodes());
    hashes_.resize(size_.nodes());
  }
  // 12.1.1: unmerged at every parent above that is not blank.
  for (const NodeIndex above : direct_path(node_of(index), size_)) {
    const ParentNode* old = parent(above);
    if (old == nullptr) continue;
    ParentNode node = *old;
    node.unmerged_leaves.insert(std::ranges::lower_bound(node.unmerged_leaves, index), index);
    set(above, std::make_shared<const Node>(Node{std::move(node)}));
  }
  set_leaf(index, std::move(leaf));
  return index;
}

void RatchetTree::update(LeafIndex index, LeafNode leaf) {
  set_leaf(index, std::move(leaf));
  blank_direct_path(index);
}

void RatchetTree::remove(LeafIndex index) {
  assert(raw(index) < size_.leaves);
  set(node_of(index), nullptr);
  blank_direct_path(index);
  // 12.1.3, 7.7: the right half goes while no member sits in it.
  std::uint32_t used = size_.leaves;
  while (used > 1 && nodes_[raw(node_of(LeafIndex{used - 1}))] == nullptr) --used;
  const TreeSize fitting = TreeSize::for_leaves(used);
  if (fitting == size_) return;
  size_ = fitting;
  nodes_.resize(size_.nodes());
  hashes_.resize(size_.nodes());
}

void RatchetTree::set_leaf(LeafIndex index, LeafNode leaf) {
  assert(raw(index) < size_.leaves);
  set(node_of(index), std::make_shared<const Node>(Node{std::move(leaf)}));
}

}  // namespace xom::mls
