#include "protocol/mls/secret_tree.h"

#include <algorithm>
#include <limits>

#include "protocol/mls/limits.h"
#include "protocol/mls/secret_tree_nodes.h"

namespace xom::mls {

namespace {

using Key = std::shared_ptr<const MessageKey>;

MessageKey copy_of(const MessageKey& key) {
  return {key.generation, key.key.clone(), key.nonce.clone()};
}

// 9.1, the keys of the present generation.
MessageKey present_key(const Secret& secret, std::uint32_t generation) {
  MessageKey key;
  key.generation = generation;
  derive_tree_secret(secret.view(), "key", generation, key.key.mutable_view());
  derive_tree_secret(secret.view(), "nonce", generation, key.nonce.mutable_view());
  return key;
}

}  // namespace

SecretTree::SecretTree(TreeSize size, const Secret& encryption_secret) : size_(size) {
  auto root = std::make_shared<Node>();
  root->secret = std::make_shared<const Secret>(encryption_secret.clone());
  root_ = std::move(root);
}

// 9.1: the ratchet moves on, its old secret goes.
void SecretTree::Ratchet::step() {
  Secret following;
  derive_tree_secret(secret.view(), "secret", generation, following.mutable_view());
  secret = std::move(following);
  ++generation;
}

SecretTree::Ratchet SecretTree::Ratchet::copy() const { return {secret.clone(), generation, kept}; }

// 9: a copy of the path, in which no node hides the leaf any longer.
SecretTree::NodePtr SecretTree::Node::expanded(const NodePtr& node, std::uint32_t leaves,
                                               std::uint32_t leaf) {
  if (!node) return nullptr;
  auto next = std::make_shared<Node>(*node);
  if (leaves == 1) {
    if (node->secret) {
      const ByteView secret = node->secret->view();
      next->handshake =
          std::make_shared<const Ratchet>(Ratchet{derive_secret(secret, "handshake"), 0, {}});
      next->application =
          std::make_shared<const Ratchet>(Ratchet{derive_secret(secret, "application"), 0, {}});
      next->secret = nullptr;
    }
    return next;
  }
  if (node->secret) {
    const auto child = [&](std::string_view side) {
      auto made = std::make_shared<Node>();
      made->secret = std::make_shared<const Secret>(
          expand_with_label(node->secret->view(), "tree", view_of(side)));
      return made;
    };
    next->left = child("left");
    next->right = child("right");
    next->secret = nullptr;
  }
  NodePtr& below = (leaf & leaves / 2) != 0 ? next->right : next->left;
  below = expanded(below, leaves / 2, leaf);
  return next;
}

const SecretTree::Node* SecretTree::Node::find(const NodePtr& root, TreeSize size, LeafIndex leaf) {
  if (raw(leaf) >= size.leaves) return nullptr;
  const Node* node = root.get();
  for (std::uint32_t half = size.leaves / 2; half > 0 && node != nullptr; half /= 2) {
    node = ((raw(leaf) & half) != 0 ? node->right : node->left).get();
  }
  return node;
}

SecretTree::NodePtr SecretTree::Node::with_leaf(const NodePtr& node, std::uint32_t leaves,
                                                std::uint32_t leaf, NodePtr replacement) {
  if (leaves == 1) return replacement;
  auto next = node ? std::make_shared<Node>(*node) : std::make_shared<Node>();
  NodePtr& below = (leaf & leaves / 2) != 0 ? next->right : next->left;
  below = with_leaf(below, leaves / 2, leaf, std::move(replacement));
  return next;
}

Result<SecretTree::Ratchet> SecretTree::ratchet(LeafIndex sender, RatchetType type) {
  if (raw(sender) >= size_.leaves) {
    return fail(ErrorCode::kMalformed, "6.3.2: a sender outside the tree");
  }
  const Node* leaf = Node::find(root_, size_, sender);
  if (leaf == nullptr || leaf->secret) {
    root_ = Node::expanded(root_, size_.leaves, raw(sender));
    leaf = Node::find(root_, size_, sender);
  }
  if (leaf == nullptr || !leaf->handshake) {
    return fail(ErrorCode::kNotFound, "9: no secret of this sender");
  }
  return (type == RatchetType::kHandshake ? leaf->handshake : leaf->application)->copy();
}

void SecretTree::keep(LeafIndex sender, RatchetType type, Ratchet ratchet) {
  auto leaf = std::make_shared<Node>(*Node::find(root_, size_, sender));
  (type == RatchetType::kHandshake ? leaf->handshake : leaf->application) =
      std::make_shared<const Ratchet>(std::move(ratchet));
  root_ = Node::with_leaf(root_, size_.leaves, raw(sender), std::move(leaf));
}

Result<MessageKey> SecretTree::next(LeafIndex sender, RatchetType type) {
  auto ratchet = this->ratchet(sender, type);
  if (!ratchet) return std::unexpected(ratchet.error());
  if (ratchet->generation == std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorCode::kTooLarge, "9.1: no generation left");
  }
  MessageKey key = present_key(ratchet->secret, ratchet->generation);
  ratchet->step();
  keep(sender, type, std::move(*ratchet));
  return key;
}

Result<MessageKey> SecretTree::take(LeafIndex sender, RatchetType type, std::uint32_t generation) {
  auto ratchet = this->ratchet(sender, type);
  if (!ratchet) return std::unexpected(ratchet.error());
  auto& kept = ratchet->kept;
  if (generation < ratchet->generation) {
    const auto at = std::ranges::lower_bound(kept, generation, {},
                                             [](const Key& key) { return key->generation; });
    if (at == kept.end() || (*at)->generation != generation) {
      return fail(ErrorCode::kNotFound, "9.2: this generation's key was used or forgotten");
    }
    MessageKey key = copy_of(**at);
    kept.erase(at);
    keep(sender, type, std::move(*ratchet));
    return key;
  }
  if (generation - ratchet->generation > kMaxSkippedGenerations ||
      generation == std::numeric_limits<std::uint32_t>::max()) {
    return fail(ErrorCode::kTooLarge, "15.3: a generation too far ahead");
  }
  for (; ratchet->generation < generation; ratchet->step()) {
    kept.push_back(
        std::make_shared<const MessageKey>(present_key(ratchet->secret, ratchet->generation)));
  }
  if (kept.size() > kMaxSkippedGenerations) {
    kept.erase(kept.begin(), kept.end() - kMaxSkippedGenerations);
  }
  MessageKey key = present_key(ratchet->secret, generation);
  ratchet->step();
  keep(sender, type, std::move(*ratchet));
  return key;
}

}  // namespace xom::mls
