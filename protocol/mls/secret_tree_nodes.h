// Inside of SecretTree, for its two halves: keys (secret_tree.cpp) and records
// (secret_tree_records.cpp). `leaves`: how many leaf slots lie below a node.
#pragma once

#include "protocol/mls/secret_tree.h"

namespace xom::mls {

// 9.1
struct SecretTree::Ratchet {
  Secret secret;                                        // of `generation`
  std::uint32_t generation = 0;                         // the next one
  std::vector<std::shared_ptr<const MessageKey>> kept;  // skipped ones, ascending

  void step();
  [[nodiscard]] Ratchet copy() const;
};

// A null pointer stands for a subtree of which nothing is known.
struct SecretTree::Node {
  std::shared_ptr<const Secret> secret;  // unexpanded: then there is nothing below
  NodePtr left, right;
  std::shared_ptr<const Ratchet> handshake, application;  // of a leaf: both or none

  // 9: the same subtree with the path to `leaf` expanded.
  [[nodiscard]] static NodePtr expanded(const NodePtr& node, std::uint32_t leaves,
                                        std::uint32_t leaf);
  // Null also if it is hidden by an unexpanded node.
  [[nodiscard]] static const Node* find(const NodePtr& root, TreeSize size, LeafIndex leaf);
  [[nodiscard]] static NodePtr with_leaf(const NodePtr& node, std::uint32_t leaves,
                                         std::uint32_t leaf, NodePtr replacement);
};

}  // namespace xom::mls
