// RFC 9420, sections 7.5 and 7.9: the public keys of an update path come into the tree.
#include <algorithm>
#include <cassert>

#include "protocol/base/rule.h"
#include "protocol/mls/ratchet_tree_node.h"
#include "protocol/mls/tree_hash.h"

namespace xom::mls {

RatchetTree::PathHashes RatchetTree::path_hashes(const std::vector<Step>& steps,
                                                 const std::vector<ByteView>& keys) const {
  PathHashes hashes;
  hashes.nodes.resize(steps.size());
  // From the root down; the root has none. New parents have no unmerged leaves, so the original
  // sibling is the sibling as it is.
  for (std::size_t i = steps.size(); i-- > 0;) {
    hashes.nodes[i] = std::move(hashes.leaf);
    const Hash hash = parent_hash_of(keys[i], hashes.nodes[i], tree_hash(steps[i].copath_child));
    hashes.leaf.assign(hash.bytes.begin(), hash.bytes.end());
  }
  return hashes;
}

void RatchetTree::put_path(LeafIndex sender, const std::vector<Step>& steps,
                           const std::vector<ByteView>& keys, PathHashes hashes) {
  blank_direct_path(sender);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ParentNode node{{keys[i].begin(), keys[i].end()}, std::move(hashes.nodes[i]), {}};
    set(steps[i].node, std::make_shared<const Node>(Node{std::move(node)}));
  }
}

Result<void> RatchetTree::merge_path(LeafIndex sender, const UpdatePath& path) {
  if (raw(sender) >= size_.leaves) return fail(ErrorCode::kMalformed, "7.5: no such leaf");
  const auto steps = filtered_direct_path(sender);
  if (path.nodes.size() != steps.size()) {
    return fail(ErrorCode::kMalformed, "7.6: wrong number of nodes in a path");
  }
  std::vector<ByteView> keys;
  for (const UpdatePathNode& node : path.nodes) keys.emplace_back(node.encryption_key);
  PathHashes hashes = path_hashes(steps, keys);
  if (enforced(Rule::kParentHashes) && path.leaf_node.parent_hash != hashes.leaf) {
    return fail(ErrorCode::kMalformed, "7.9.2: wrong parent hash in a path's leaf");
  }
  put_path(sender, steps, keys, std::move(hashes));
  set_leaf(sender, path.leaf_node);
  return {};
}

Bytes RatchetTree::merge_own_path(LeafIndex sender, const std::vector<Bytes>& keys) {
  const auto steps = filtered_direct_path(sender);
  assert(keys.size() == steps.size());
  const std::vector<ByteView> views(keys.begin(), keys.end());
  PathHashes hashes = path_hashes(steps, views);
  Bytes leaf = std::move(hashes.leaf);
  put_path(sender, steps, views, std::move(hashes));
  return leaf;
}

}  // namespace xom::mls
