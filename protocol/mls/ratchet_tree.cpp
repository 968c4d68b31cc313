#include <algorithm>
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

std::vector<NodeIndex> RatchetTree::resolution(NodeIndex index,
                                               const std::vector<LeafIndex>& except) const {
  assert(size_.contains(index));
  std::vector<NodeIndex> out;
  append_resolution(index, except, out);
  return out;
}

void RatchetTree::append_resolution(NodeIndex index, const std::vector<LeafIndex>& except,
                                    std::vector<NodeIndex>& out) const {
  const auto append_leaf = [&](LeafIndex leaf) {
    if (std::ranges::find(except, leaf) == except.end()) out.push_back(node_of(leaf));
  };
  const auto& node = nodes_[raw(index)];
  if (is_leaf(index)) {
    if (node != nullptr) append_leaf(leaf_of(index));
  } else if (node == nullptr) {
    append_resolution(left(index), except, out);
    append_resolution(right(index), except, out);
  } else {
    out.push_back(index);
    for (const LeafIndex leaf : std::get_if<ParentNode>(&node->value)->unmerged_leaves) {
      append_leaf(leaf);
    }
  }
}

std::vector<RatchetTree::Step> RatchetTree::filtered_direct_path(LeafIndex leaf) const {
  assert(raw(leaf) < size_.leaves);
  std::vector<Step> steps;
  for (NodeIndex node = node_of(leaf); node != size_.root();) {
    const NodeIndex aside = sibling(node, size_);
    node = mls::parent(node, size_);
    // A resolution is empty exactly if all nodes of the subtree are blank.
    const NodeRange range = nodes_below(aside);
    const auto first = nodes_.begin() + raw(range.first);
    const auto last = nodes_.begin() + raw(range.last) + 1;
    if (std::any_of(first, last, [](const auto& each) { return each != nullptr; })) {
      steps.push_back({node, aside});
    }
  }
  return steps;
}

void RatchetTree::set(NodeIndex index, std::shared_ptr<const Node> node) {
  nodes_[raw(index)] = std::move(node);
  hashes_[raw(index)].reset();
  // Above a forgotten hash all are forgotten already.
  while (index != size_.root()) {
    index = mls::parent(index, size_);
    if (!hashes_[raw(index)]) break;
    hashes_[raw(index)].reset();
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
