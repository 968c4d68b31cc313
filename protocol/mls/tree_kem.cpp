#include "protocol/mls/tree_kem.h"

#include <algorithm>

namespace xom::mls {

namespace {

constexpr std::string_view kPathLabel = "UpdatePathNode";
constexpr std::size_t kSecretBytes = 32;

// 7.4
crypto::HpkeKeyPair node_key_pair(const Secret& path_secret) {
  return crypto::HpkeKeyPair::derive(derive_secret(path_secret.view(), "node").view());
}
Secret next_path_secret(const Secret& path_secret) {
  return derive_secret(path_secret.view(), "path");
}
std::shared_ptr<const Secret> shared(Secret secret) {
  return std::make_shared<const Secret>(std::move(secret));
}

}  // namespace

void TreePrivateKeys::forget_changed(const RatchetTree& before, const RatchetTree& after) {
  std::erase_if(keys, [&](const auto& entry) {
    const Bytes* old_key = before.encryption_key(entry.first);
    const Bytes* key = after.encryption_key(entry.first);
    return key == nullptr || old_key == nullptr || *key != *old_key;
  });
}

Result<Secret> TreePrivateKeys::learn_path(const RatchetTree& tree, LeafIndex sender,
                                           NodeIndex from, Secret path_secret) {
  if (raw(sender) >= tree.size().leaves) return fail(ErrorCode::kMalformed, "7.5: no such leaf");
  const auto steps = tree.filtered_direct_path(sender);
  auto step = std::ranges::find(steps, from, &RatchetTree::Step::node);
  if (step == steps.end()) return fail(ErrorCode::kMalformed, "7.5: a secret aside of the path");
  std::vector<std::pair<NodeIndex, std::shared_ptr<const Secret>>> learnt;
  for (; step != steps.end(); ++step) {
    crypto::HpkeKeyPair pair = node_key_pair(path_secret);
    const Bytes* key = tree.encryption_key(step->node);
    if (key == nullptr || *key != pair.public_key) {
      return fail(ErrorCode::kMalformed, "7.5: a path secret that does not give the tree's key");
    }
    learnt.emplace_back(step->node, shared(std::move(pair.private_key)));
    path_secret = next_path_secret(path_secret);
  }
  for (auto& [node, key] : learnt) keys.insert_or_assign(node, std::move(key));
  return path_secret;
}

Result<NewPath> make_path(RatchetTree& tree, const PathAuthor& author, const LeafNode& leaf,
                          crypto::Random& random) {
  if (raw(author.self) >= tree.size().leaves) {
    return fail(ErrorCode::kMalformed, "7.5: no such leaf");
  }
  NewPath path;
  path.private_keys.self = author.self;
  Secret path_secret;
  random.fill(path_secret.mutable_view());
  for (const auto& step : tree.filtered_direct_path(author.self)) {
    crypto::HpkeKeyPair pair = node_key_pair(path_secret);
    path.public_keys.push_back(std::move(pair.public_key));
    path.private_keys.keys.emplace(step.node, shared(std::move(pair.private_key)));
    Secret next = next_path_secret(path_secret);
    path.path_secrets.push_back(std::move(path_secret));
    path_secret = std::move(next);
  }
  path.commit_secret = std::move(path_secret);

  crypto::HpkeKeyPair own = crypto::HpkeKeyPair::generate(random);
  path.private_keys.keys.emplace(node_of(author.self), shared(std::move(own.private_key)));
  path.leaf_node = leaf;
  path.leaf_node.encryption_key = std::move(own.public_key);
  path.leaf_node.source = LeafNodeSource::kCommit;
  path.leaf_node.lifetime = {};
  path.leaf_node.parent_hash = tree.merge_own_path(author.self, path.public_keys);
  path.leaf_node.sign(author.signer, {author.group_id, author.self});
  tree.set_leaf(author.self, path.leaf_node);
  return path;
}

Result<UpdatePath> encrypt_path(const RatchetTree& tree, const NewPath& path,
                                const std::vector<LeafIndex>& added, const GroupContext& context,
                                crypto::Random& random) {
  const LeafIndex sender = path.private_keys.self;
  if (raw(sender) >= tree.size().leaves) return fail(ErrorCode::kMalformed, "7.5: no such leaf");
  const auto steps = tree.filtered_direct_path(sender);
  if (steps.size() != path.path_secrets.size() || steps.size() != path.public_keys.size()) {
    return fail(ErrorCode::kMalformed, "7.6: the path is another tree's");
  }
  const Bytes encoded_context = encode(context);
  UpdatePath sealed{path.leaf_node, {}};
  sealed.nodes.reserve(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    UpdatePathNode node{path.public_keys[i], {}};
    for (const NodeIndex recipient : tree.resolution(steps[i].copath_child, added)) {
      auto ciphertext = encrypt_with_label(*tree.encryption_key(recipient), kPathLabel,
                                           encoded_context, path.path_secrets[i].view(), random);
      if (!ciphertext) return std::unexpected(ciphertext.error());
      node.encrypted_path_secret.push_back(*ciphertext);
    }
    sealed.nodes.push_back(std::move(node));
  }
  return sealed;
}

Result<PathOpened> decrypt_path(const RatchetTree& tree, LeafIndex sender, const UpdatePath& path,
                                const TreePrivateKeys& keys, const std::vector<LeafIndex>& added,
                                const GroupContext& context) {
  if (raw(sender) >= tree.size().leaves || raw(keys.self) >= tree.size().leaves) {
    return fail(ErrorCode::kMalformed, "7.5: no such leaf");
  }
  const auto steps = tree.filtered_direct_path(sender);
  if (path.nodes.size() != steps.size()) {
    return fail(ErrorCode::kMalformed, "7.6: wrong number of nodes in a path");
  }
  const auto step = std::ranges::find_if(steps, [&](const RatchetTree::Step& each) {
    return is_in_subtree(node_of(keys.self), each.copath_child);
  });
  if (step == steps.end()) return fail(ErrorCode::kMalformed, "7.5: the path is the reader's own");

  const auto& sealed = path.nodes[static_cast<std::size_t>(step - steps.begin())];
  const auto recipients = tree.resolution(step->copath_child, added);
  if (sealed.encrypted_path_secret.size() != recipients.size()) {
    return fail(ErrorCode::kMalformed, "7.6: wrong number of ciphertexts in a path");
  }
  const auto own =
      std::ranges::find_if(recipients, [&](NodeIndex node) { return keys.keys.contains(node); });
  if (own == recipients.end()) {
    return fail(ErrorCode::kMalformed, "7.5: the path is sealed to no key of the reader");
  }
  auto opened = decrypt_with_label(
      keys.keys.find(*own)->second->view(), kPathLabel, encode(context),
      sealed.encrypted_path_secret.at(static_cast<std::size_t>(own - recipients.begin())));
  if (!opened) return std::unexpected(opened.error());
  if (opened->size() != kSecretBytes) {
    return fail(ErrorCode::kMalformed, "7.4: wrong length of a path secret");
  }

  PathOpened result{keys, {}};
  // What is blank now, or was above the sender, is of no use any more (7.5).
  std::erase_if(result.private_keys.keys, [&](const auto& entry) {
    return tree.encryption_key(entry.first) == nullptr ||
           is_in_subtree(node_of(sender), entry.first);
  });
  auto commit_secret =
      result.private_keys.learn_path(tree, sender, step->node, Secret(opened->view()));
  if (!commit_secret) return std::unexpected(commit_secret.error());
  result.commit_secret = std::move(*commit_secret);
  return result;
}

}  // namespace xom::mls
