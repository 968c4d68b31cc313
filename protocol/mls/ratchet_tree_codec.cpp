// RFC 9420, section 12.4.3.3: the ratchet_tree extension; and the tree's records.
#include <algorithm>

#include "protocol/mls/fields.h"
#include "protocol/mls/ratchet_tree_node.h"
#include "protocol/mls/state_records.h"

namespace xom::mls {

namespace {

constexpr std::uint8_t kLeafType = 1;
constexpr std::uint8_t kParentType = 2;
constexpr std::size_t kMaxNodes = 2 * std::size_t{kMaxLeaves} - 1;
constexpr std::size_t kMaxTreeBytes = 16 * kMaxMessageBytes;
constexpr std::uint32_t kNodesPerChunk = 2 * kLeavesPerTreeRecord;

template <class Node>
void write_slot(Output& out, const Node* node) {
  out.u8(node != nullptr ? 1 : 0);
  if (node == nullptr) return;
  if (const auto* leaf = std::get_if<LeafNode>(&node->value)) {
    out.u8(kLeafType);
    leaf->write(out);
  } else {
    out.u8(kParentType);
    std::get_if<ParentNode>(&node->value)->write(out);
  }
}

// A leaf where leaves are, a parent where parents are.
template <class Node>
std::shared_ptr<const Node> read_slot(Input& in, NodeIndex index) {
  const std::uint8_t present = in.u8();
  if (present > 1) in.refuse(ErrorCode::kMalformed, "presence is neither 0 nor 1");
  if (present != 1) return nullptr;
  const std::uint8_t type = in.u8();
  if (type != (is_leaf(index) ? kLeafType : kParentType)) {
    in.refuse(ErrorCode::kMalformed, "12.4.3.3: wrong kind of node at its place");
    return nullptr;
  }
  if (type == kLeafType) return std::make_shared<const Node>(Node{LeafNode::read(in)});
  return std::make_shared<const Node>(Node{ParentNode::read(in)});
}

}  // namespace

void ParentNode::write(Output& out) const {
  out.vector(encryption_key);
  out.vector(parent_hash);
  const Output::Open open = out.begin_vector(4 * unmerged_leaves.size());
  for (const LeafIndex leaf : unmerged_leaves) out.u32(raw(leaf));
  out.end_vector(open);
}

ParentNode ParentNode::read(Input& in) {
  ParentNode node;
  node.encryption_key = read_field(in);
  node.parent_hash = read_field(in);
  Input leaves(in.vector(std::size_t{kMaxLeaves} * 4));
  while (!leaves.empty()) {
    const LeafIndex leaf{leaves.u32()};
    if (!node.unmerged_leaves.empty() && leaf <= node.unmerged_leaves.back()) {
      leaves.refuse(ErrorCode::kMalformed, "7.1: unmerged leaves not ascending");
    }
    node.unmerged_leaves.push_back(leaf);
  }
  in.adopt(leaves);
  return node;
}

Result<RatchetTree> RatchetTree::from_nodes(std::vector<std::shared_ptr<const Node>> nodes) {
  // In a tree without superfluous nodes the last one is a leaf.
  if (nodes.empty() || nodes.back() == nullptr || nodes.size() % 2 == 0) {
    return fail(ErrorCode::kMalformed, "12.4.3.3: a tree that does not end with a leaf");
  }
  RatchetTree tree;
  tree.size_ = TreeSize::for_leaves(static_cast<std::uint32_t>(nodes.size() / 2 + 1));
  tree.nodes_.resize(tree.size_.nodes());
  tree.hashes_.resize(tree.size_.nodes());
  for (std::size_t i = 0; i < nodes.size(); ++i) tree.nodes_.set(i, std::move(nodes[i]));
  for (std::uint32_t i = 1; i < tree.size_.nodes(); i += 2) {
    const ParentNode* parent = tree.parent(NodeIndex{i});
    if (parent == nullptr) continue;
    // 12.4.3.1: an unmerged leaf is a member below its node.
    for (const LeafIndex leaf : parent->unmerged_leaves) {
      if (tree.leaf(leaf) == nullptr || !is_in_subtree(node_of(leaf), NodeIndex{i})) {
        return fail(ErrorCode::kMalformed, "12.4.3.1: an unmerged leaf that is not below");
      }
    }
  }
  return tree;
}

Result<RatchetTree> RatchetTree::decode(ByteView extension) {
  Input in(extension);
  Input part(in.vector(kMaxTreeBytes));
  std::vector<std::shared_ptr<const Node>> nodes;
  while (!part.empty()) {
    if (nodes.size() == kMaxNodes) {
      part.refuse(ErrorCode::kTooLarge, "12.4.3.3: too many nodes");
      break;
    }
    nodes.push_back(read_slot<Node>(part, NodeIndex{static_cast<std::uint32_t>(nodes.size())}));
  }
  in.adopt(part);
  if (auto done = in.finish(); !done) return std::unexpected(done.error());
  return from_nodes(std::move(nodes));
}

Bytes RatchetTree::encode() const {
  std::size_t used = nodes_.size();
  while (used > 0 && nodes_[used - 1] == nullptr) --used;
  Output out;
  const Output::Open open = out.begin_vector(used);
  for (std::size_t i = 0; i < used; ++i) write_slot(out, nodes_[i].get());
  out.end_vector(open);
  return std::move(out).take();
}

std::uint32_t RatchetTree::chunks() const {
  return (size_.nodes() + kNodesPerChunk - 1) / kNodesPerChunk;
}

Bytes RatchetTree::encode_chunk(std::uint32_t chunk) const {
  if (chunk >= chunks()) return {};
  const std::size_t first = std::size_t{chunk} * kNodesPerChunk;
  std::size_t used = std::min<std::size_t>(first + kNodesPerChunk, nodes_.size());
  while (used > first && nodes_[used - 1] == nullptr) --used;
  Output out;
  for (std::size_t i = first; i < used; ++i) write_slot(out, nodes_[i].get());
  return std::move(out).take();
}

bool RatchetTree::same_chunk(const RatchetTree& other, std::uint32_t chunk) const {
  for (std::uint32_t i = 0; i < kNodesPerChunk; ++i) {
    const NodeIndex index{chunk * kNodesPerChunk + i};
    if (identity(index) != other.identity(index)) return false;
  }
  return true;
}

Result<RatchetTree> RatchetTree::from_chunks(std::span<const Chunk> chunks) {
  std::vector<std::shared_ptr<const Node>> nodes;
  for (const Chunk& chunk : chunks) {
    if (chunk.index >= kMaxLeaves / kLeavesPerTreeRecord) {
      return fail(ErrorCode::kTooLarge, "a part outside every tree");
    }
    const std::uint32_t first = chunk.index * kNodesPerChunk;
    if (nodes.size() < first + kNodesPerChunk) nodes.resize(first + kNodesPerChunk);
    Input in(chunk.bytes);
    for (std::uint32_t i = first; !in.empty(); ++i) {
      if (i == first + kNodesPerChunk) {
        return fail(ErrorCode::kMalformed, "too many nodes in a part of a tree");
      }
      nodes[i] = read_slot<Node>(in, NodeIndex{i});
    }
    if (auto done = in.finish(); !done) return std::unexpected(done.error());
  }
  while (!nodes.empty() && nodes.back() == nullptr) nodes.pop_back();
  return from_nodes(std::move(nodes));
}

}  // namespace xom::mls
