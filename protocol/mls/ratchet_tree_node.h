// What a slot of the ratchet tree holds (RFC 9420, 12.4.3.3: Node); for the tree's own files.
#pragma once

#include "protocol/mls/ratchet_tree.h"

namespace xom::mls {

struct RatchetTree::Node {
  std::variant<LeafNode, ParentNode> value;

  [[nodiscard]] const Bytes& encryption_key() const {
    const auto* leaf = std::get_if<LeafNode>(&value);
    return leaf != nullptr ? leaf->encryption_key : std::get_if<ParentNode>(&value)->encryption_key;
  }
};

}  // namespace xom::mls
