// RFC 9420, sections 4.1, 7.7 and 7.8: the ratchet tree's public half, a value. A copy shares
// what was not changed since, and costs little. Hashes of subtrees are remembered until something
// below changes; they are computed inside const functions, so one tree belongs to one thread at a
// time.
#pragma once

#include <memory>
#include <span>

#include "protocol/mls/commit.h"
#include "protocol/mls/shared_array.h"

namespace xom::mls {

struct ParentNode {
  Bytes encryption_key;
  Bytes parent_hash;
  std::vector<LeafIndex> unmerged_leaves;  // ascending
  void write(Output& out) const;
  [[nodiscard]] static ParentNode read(Input& in);
  bool operator==(const ParentNode&) const = default;
};

class RatchetTree {
 public:
  RatchetTree() = default;  // one blank leaf
  // The ratchet_tree extension (12.4.3.3): no trailing blanks, at most kMaxLeaves slots, parents
  // and leaves at their places; unmerged leaves ascending, in the subtree and not blank.
  [[nodiscard]] static Result<RatchetTree> decode(ByteView extension);
  [[nodiscard]] Bytes encode() const;

  // Parts for storage (state_records.h): kLeavesPerTreeRecord leaf slots and the parents between
  // them. The bytes are empty where all of it is blank; hashes are not stored but computed again.
  struct Chunk {
    std::uint32_t index = 0;
    ByteView bytes;
  };
  [[nodiscard]] std::uint32_t chunks() const;
  [[nodiscard]] Bytes encode_chunk(std::uint32_t chunk) const;
  // Do both trees share every node of it? A few comparisons of pointers.
  [[nodiscard]] bool same_chunk(const RatchetTree& other, std::uint32_t chunk) const;
  // In any order, blank ones may be missing. Checked as decode() does.
  [[nodiscard]] static Result<RatchetTree> from_chunks(std::span<const Chunk> chunks);

  [[nodiscard]] TreeSize size() const { return size_; }
  [[nodiscard]] const LeafNode* leaf(LeafIndex index) const;         // null: blank or outside
  [[nodiscard]] const ParentNode* parent(NodeIndex index) const;     // null: blank or a leaf
  [[nodiscard]] const Bytes* encryption_key(NodeIndex index) const;  // null: blank
  [[nodiscard]] std::vector<LeafIndex> members() const;              // leaves not blank, ascending
  // Object of a node, for telling cheaply whether two trees share it; null: blank.
  [[nodiscard]] const void* identity(NodeIndex index) const;

  // 4.1.1: the nodes that together cover every leaf below, without `except`.
  [[nodiscard]] std::vector<NodeIndex> resolution(NodeIndex index,
                                                  const std::vector<LeafIndex>& except = {}) const;
  // How many they are.
  [[nodiscard]] std::size_t resolution_size(NodeIndex index,
                                            const std::vector<LeafIndex>& except = {}) const;
  // 4.1.2: of a leaf, without nodes whose copath child has an empty resolution; with that child.
  struct Step {
    NodeIndex node;
    NodeIndex copath_child;
  };
  [[nodiscard]] std::vector<Step> filtered_direct_path(LeafIndex leaf) const;

  // 7.7: into the leftmost blank leaf, growing if there is none; unmerged above. kTooLarge.
  [[nodiscard]] Result<LeafIndex> add(LeafNode leaf);
  // 12.1.2: replaces the leaf and blanks its direct path.
  void update(LeafIndex index, LeafNode leaf);
  // 12.1.3: blanks leaf and direct path, and shrinks (7.7).
  void remove(LeafIndex index);

  // 7.8
  [[nodiscard]] Hash tree_hash(NodeIndex index) const;
  [[nodiscard]] Hash tree_hash() const { return tree_hash(size_.root()); }
  // 7.9: the hash of `parent` as seen from below, with the original sibling (its subtree without
  // the parent's unmerged leaves).
  [[nodiscard]] Hash parent_hash(NodeIndex parent, NodeIndex copath_child) const;

  // 7.5, 7.9: puts the path's keys on the filtered direct path of `sender`, blanks the rest of it,
  // sets parent hashes from the root down, and the leaf. kMalformed, and nothing changes: wrong
  // number of nodes; a leaf whose parent_hash differs from the computed one (7.9.2).
  // Whether the path's keys are new (12.4.2) is not looked at here.
  [[nodiscard]] Result<void> merge_path(LeafIndex sender, const UpdatePath& path);
  // The same for the sender itself, who learns what its leaf's parent_hash must be before it signs:
  // keys in the order of the filtered direct path.
  [[nodiscard]] Bytes merge_own_path(LeafIndex sender, const std::vector<Bytes>& keys);
  void set_leaf(LeafIndex index, LeafNode leaf);  // nothing else changes

 private:
  struct Node;  // a leaf or a parent, immutable
  // Any number of nodes from the left, the last not blank; the tree grows around them.
  [[nodiscard]] static Result<RatchetTree> from_nodes(
      std::vector<std::shared_ptr<const Node>> nodes);
  void set(NodeIndex index, std::shared_ptr<const Node> node);
  void blank_direct_path(LeafIndex leaf);
  template <class Use>  // called with each node of a resolution
  void resolve(NodeIndex index, const std::vector<LeafIndex>& except, Use use) const;
  // 7.9: parent hashes of a new path, for its nodes and last for the leaf.
  struct PathHashes {
    std::vector<Bytes> nodes;
    Bytes leaf;
  };
  [[nodiscard]] PathHashes path_hashes(const std::vector<Step>& steps,
                                       const std::vector<ByteView>& keys) const;
  void put_path(LeafIndex sender, const std::vector<Step>& steps, const std::vector<ByteView>& keys,
                PathHashes hashes);

  TreeSize size_;
  SharedArray<std::shared_ptr<const Node>> nodes_{1};
  mutable SharedArray<std::optional<Hash>> hashes_{1};
};

}  // namespace xom::mls
