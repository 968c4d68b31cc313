#include "protocol/mls/key_index.h"

#include <algorithm>
#include <bitset>

namespace xom::mls {

namespace {

std::uint32_t first_bytes(ByteView key) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(4, key.size()); ++i) {
    value = value << 8 | key[i];
  }
  return value;
}

bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

}  // namespace

KeyIndex KeyIndex::of(const RatchetTree& tree) {
  KeyIndex index;
  index.resize(tree.size());
  for (std::uint32_t i = 0; i < tree.size().leaves; ++i) index.read_leaf(tree, LeafIndex{i});
  for (std::uint32_t i = 1; i < tree.size().nodes(); i += 2) index.read_key(tree, NodeIndex{i});
  return index;
}

void KeyIndex::resize(TreeSize size) {
  encryption_.resize(size.nodes(), 0);
  signature_.resize(size.leaves, 0);
}

void KeyIndex::read_key(const RatchetTree& tree, NodeIndex node) {
  const Bytes* key = tree.encryption_key(node);
  encryption_[raw(node)] = key != nullptr ? first_bytes(*key) : 0;
}

void KeyIndex::read_leaf(const RatchetTree& tree, LeafIndex leaf) {
  read_key(tree, node_of(leaf));
  const LeafNode* node = tree.leaf(leaf);
  signature_[raw(leaf)] = node != nullptr ? first_bytes(node->signature_key) : 0;
}

void KeyIndex::follow(const RatchetTree& tree, LeafIndex leaf) {
  resize(tree.size());
  if (!tree.size().contains(node_of(leaf))) return;
  read_leaf(tree, leaf);
  for (const NodeIndex node : direct_path(node_of(leaf), tree.size())) read_key(tree, node);
}

std::size_t KeyIndex::count_encryption_key(const RatchetTree& tree, ByteView key) const {
  const std::uint32_t wanted = first_bytes(key);
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < encryption_.size(); ++i) {
    if (encryption_[i] != wanted) continue;
    const Bytes* held = tree.encryption_key(NodeIndex{i});
    if (held != nullptr && same(*held, key)) ++count;
  }
  return count;
}

std::size_t KeyIndex::count_signature_key(const RatchetTree& tree, ByteView key) const {
  const std::uint32_t wanted = first_bytes(key);
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < signature_.size(); ++i) {
    if (signature_[i] != wanted) continue;
    const LeafNode* leaf = tree.leaf(LeafIndex{i});
    if (leaf != nullptr && same(leaf->signature_key, key)) ++count;
  }
  return count;
}

bool KeyIndex::all_new(const RatchetTree& tree, const std::vector<ByteView>& keys) const {
  // One pass over the tree, whatever the number of keys.
  constexpr std::uint32_t kMask = 1023;
  std::bitset<kMask + 1> candidates;
  for (const ByteView key : keys) candidates.set(first_bytes(key) & kMask);
  for (std::uint32_t i = 0; i < encryption_.size(); ++i) {
    if (!candidates.test(encryption_[i] & kMask)) continue;
    const Bytes* held = tree.encryption_key(NodeIndex{i});
    if (held == nullptr) continue;
    if (std::any_of(keys.begin(), keys.end(), [&](ByteView key) { return same(key, *held); })) {
      return false;
    }
  }
  return true;
}

}  // namespace xom::mls
