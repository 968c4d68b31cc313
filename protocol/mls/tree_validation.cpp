#include "protocol/mls/tree_validation.h"

#include <algorithm>
#include <cstring>

#include "protocol/base/rule.h"
#include "protocol/base/sort.h"
#include "protocol/mls/tree_hash.h"

namespace xom::mls {

namespace {

std::unexpected<Error> invalid(const char* message) { return fail(ErrorCode::kMalformed, message); }

// 7.9.2: the one node in the resolution of P's child that could have been set together with P:
// the resolution without it must be P's unmerged leaves below that child. None if there is no
// such node, or more than one.
std::optional<NodeIndex> candidate(const RatchetTree& tree, const ParentNode& parent,
                                   NodeIndex child) {
  const auto unmerged = leaves_below(parent.unmerged_leaves, child);
  const auto resolution = tree.resolution(child);
  if (resolution.size() != unmerged.size() + 1) return std::nullopt;
  std::optional<NodeIndex> found;
  for (const NodeIndex node : resolution) {
    if (is_leaf(node) && std::ranges::binary_search(unmerged, leaf_of(node))) continue;
    if (found) return std::nullopt;
    found = node;
  }
  return found;
}

const Bytes* parent_hash_in(const RatchetTree& tree, NodeIndex node) {
  if (!is_leaf(node)) return &tree.parent(node)->parent_hash;
  const LeafNode* leaf = tree.leaf(leaf_of(node));
  return leaf->source == LeafNodeSource::kCommit ? &leaf->parent_hash : nullptr;
}

// How many nodes below `child` are valid with respect to `parent`: 0 or 1.
std::size_t valid_below(const RatchetTree& tree, OriginalHashes& hashes, NodeIndex parent,
                        NodeIndex child, NodeIndex other) {
  const auto node = candidate(tree, *tree.parent(parent), child);
  if (!node) return 0;
  const Bytes* held = parent_hash_in(tree, *node);
  if (held == nullptr) return 0;
  return std::ranges::equal(*held, hashes.parent_hash(parent, other).bytes) ? 1 : 0;
}

// 12.4.3.1: who is unmerged at a node is unmerged at every node strictly between too (blank ones
// list nobody). The nodes below may list more.
Result<void> check_unmerged(const RatchetTree& tree) {
  if (!enforced(Rule::kUnmergedLeaves)) return {};
  for (std::uint32_t i = 1; i < tree.size().nodes(); i += 2) {
    const ParentNode* parent = tree.parent(NodeIndex{i});
    if (parent == nullptr) continue;
    for (const LeafIndex leaf : parent->unmerged_leaves) {
      NodeIndex below = mls::parent(node_of(leaf), tree.size());
      for (; below != NodeIndex{i}; below = mls::parent(below, tree.size())) {
        const ParentNode* between = tree.parent(below);
        if (between != nullptr && !std::ranges::binary_search(between->unmerged_leaves, leaf)) {
          return invalid("12.4.3.1: an unmerged leaf is missing at a node between");
        }
      }
    }
  }
  return {};
}

// A key with its first bytes beside it, so that sorting seldom follows the pointer.
struct KeyEntry {
  std::uint64_t prefix = 0;
  ByteView key;
  explicit KeyEntry(ByteView bytes) : key(bytes) {
    std::memcpy(&prefix, bytes.data(), std::min(sizeof prefix, bytes.size()));
  }
  [[nodiscard]] bool operator==(const KeyEntry& o) const {
    return prefix == o.prefix && std::ranges::equal(key, o.key);
  }
  [[nodiscard]] bool operator<(const KeyEntry& o) const {
    return prefix != o.prefix ? prefix < o.prefix
                              : std::ranges::lexicographical_compare(key, o.key);
  }
};
bool all_different(std::vector<KeyEntry> keys) {
  sort(keys);
  return std::adjacent_find(keys.begin(), keys.end()) == keys.end();
}

}  // namespace

Result<void> check_parent_hashes(const RatchetTree& tree) {
  if (!enforced(Rule::kParentHashes)) return {};
  OriginalHashes hashes(tree);
  // Level by level, for OriginalHashes. That every parent has a valid node directly below in the
  // chain makes the chain reach a leaf.
  for (std::uint32_t height = 1; height <= level(tree.size().root()); ++height) {
    const std::uint32_t stride = 2U << height;
    for (std::uint32_t i = (1U << height) - 1; i < tree.size().nodes(); i += stride) {
      const NodeIndex parent{i};
      if (tree.parent(parent) == nullptr) continue;
      const std::size_t valid = valid_below(tree, hashes, parent, left(parent), right(parent)) +
                                valid_below(tree, hashes, parent, right(parent), left(parent));
      if (valid != 1) return invalid("7.9.2: a parent that no chain of hashes holds");
    }
  }
  return {};
}

Result<void> check_unique_keys(const RatchetTree& tree) {
  if (!enforced(Rule::kLeafKeysUnique)) return {};
  std::vector<KeyEntry> encryption, signature;
  encryption.reserve(tree.size().nodes());
  signature.reserve(tree.size().leaves);
  for (std::uint32_t i = 0; i < tree.size().nodes(); ++i) {
    if (const Bytes* key = tree.encryption_key(NodeIndex{i})) encryption.emplace_back(*key);
    if (!is_leaf(NodeIndex{i})) continue;
    if (const LeafNode* leaf = tree.leaf(leaf_of(NodeIndex{i}))) {
      signature.emplace_back(leaf->signature_key);
    }
  }
  // 7.3, 12.4.3.1
  if (!all_different(std::move(encryption))) return invalid("7.3: an encryption key twice");
  if (!all_different(std::move(signature))) return invalid("7.3: a signature key twice");
  return {};
}

Result<void> check_members(const RatchetTree& tree, const Extensions& group_context) {
  if (auto ok = check_unique_keys(tree); !ok) return ok;
  const auto members = tree.members();
  std::vector<std::uint16_t> in_use;
  for (const LeafIndex member : members) {
    const std::uint16_t type = tree.leaf(member)->credential.type;
    if (std::ranges::find(in_use, type) == in_use.end()) in_use.push_back(type);
  }
  for (const LeafIndex member : members) {
    const Capabilities& capabilities = tree.leaf(member)->capabilities;
    // 7.3: credential types of the others.
    for (const std::uint16_t type : in_use) {
      if (!capabilities.supports_credential(type)) {
        return invalid("7.3: a member that does not support a credential type in use");
      }
    }
    // 11.1, 13.4
    if (auto ok = check_support(capabilities, group_context); !ok) return ok;
  }
  return {};
}

Result<void> check_tree(const RatchetTree& tree, ByteView group_id,
                        const Extensions& group_context) {
  // What costs little comes first.
  if (auto ok = check_members(tree, group_context); !ok) return ok;
  if (auto ok = check_unmerged(tree); !ok) return ok;
  if (auto ok = check_parent_hashes(tree); !ok) return ok;
  for (const LeafIndex member : tree.members()) {
    const LeafNode& leaf = *tree.leaf(member);
    // 7.3: by itself; any source may stand in a tree.
    if (auto ok = check_leaf(leaf, leaf.source, group_context); !ok) return ok;
    if (auto ok = leaf.verify_signature({group_id, member}); !ok) return ok;
  }
  return {};
}

}  // namespace xom::mls
