// Trees with members whose keys are known, grown as groups grow.
#pragma once

#include <algorithm>
#include <map>
#include <stdexcept>

#include "protocol/crypto/hkdf.h"
#include "protocol/mls/limits.h"
#include "protocol/mls/tree_kem.h"

namespace xom::mls::testing {

struct SampleTree {
  // `members` leaves without paths.
  explicit SampleTree(std::uint32_t members) {
    if (!crypto::initialise()) throw std::runtime_error("libsodium");
    for (std::uint32_t i = 0; i < members; ++i) add();
  }

  // A leaf of source kKeyPackage; its keys are those that the next add() would take over.
  LeafNode new_leaf() {
    signers.push_back(crypto::SigningKey::generate(crypto::system_random()));
    pair = crypto::HpkeKeyPair::generate(crypto::system_random());
    LeafNode leaf;
    leaf.encryption_key = pair.public_key;
    const auto key = signers.back().public_key_as<DeviceKey>();
    leaf.signature_key.assign(key.bytes.begin(), key.bytes.end());
    leaf.credential.identity = leaf.signature_key;
    leaf.capabilities = Capabilities::own();
    leaf.lifetime = {1000, 2000};
    leaf.sign(signers.back(), {group_id, LeafIndex{0}});
    return leaf;
  }
  LeafIndex add() {
    const LeafIndex index = tree.members().empty() ? LeafIndex{0} : tree.add(new_leaf()).value();
    if (tree.members().empty()) tree.set_leaf(index, new_leaf());
    keep_keys_of(index);
    return index;
  }
  // The keys of the last new_leaf() are those of this leaf.
  void keep_keys_of(LeafIndex index) {
    TreePrivateKeys own;
    own.self = index;
    own.keys[node_of(index)] = std::make_shared<const Secret>(std::move(pair.private_key));
    keys[index] = std::move(own);
    signer_of[index] = signers.size() - 1;
  }
  const crypto::SigningKey& signer(LeafIndex index) const { return signers[signer_of.at(index)]; }
  GroupContext context() const {
    GroupContext context;
    context.group_id = group_id;
    const Hash hash = tree.tree_hash();
    context.tree_hash.assign(hash.bytes.begin(), hash.bytes.end());
    return context;
  }

  struct Sent {
    RatchetTree before;
    UpdatePath path;
    NewPath made;
    GroupContext sealed_for;
  };
  // Makes a path, and lets every other member open it. Throws if they do not all agree.
  Sent path(LeafIndex sender, const std::vector<LeafIndex>& added = {}) {
    Sent sent{tree, {}, {}, {}};
    const LeafNode leaf = *tree.leaf(sender);
    sent.made =
        make_path(tree, {group_id, sender, signer(sender)}, leaf, crypto::system_random()).value();
    sent.sealed_for = context();
    sent.path =
        encrypt_path(tree, sent.made, added, sent.sealed_for, crypto::system_random()).value();
    RatchetTree merged = sent.before;
    merged.merge_path(sender, sent.path).value();
    if (merged.encode() != tree.encode()) throw std::runtime_error("trees differ");
    for (auto& [index, own] : keys) {
      if (index == sender || tree.leaf(index) == nullptr) continue;
      if (std::ranges::find(added, index) != added.end()) {
        enter(index, sender, sent.made);
        continue;
      }
      auto opened = decrypt_path(merged, sender, sent.path, own, added, sent.sealed_for).value();
      if (!crypto::equal_secret(opened.commit_secret.view(), sent.made.commit_secret.view())) {
        throw std::runtime_error("commit secrets differ");
      }
      own = std::move(opened.private_keys);
    }
    keys[sender] = sent.made.private_keys;
    return sent;
  }
  // 12.4.3.1: a newcomer learns the secret of the lowest common ancestor from its Welcome.
  void enter(LeafIndex newcomer, LeafIndex sender, const NewPath& made) {
    const auto steps = tree.filtered_direct_path(sender);
    std::size_t i = 0;
    while (!is_in_subtree(node_of(newcomer), steps[i].node)) ++i;
    const auto learnt =
        keys.at(newcomer)
            .learn_path(tree, sender, steps[i].node, Secret(made.path_secrets[i].view()))
            .value();
    if (!crypto::equal_secret(learnt.view(), made.commit_secret.view())) {
      throw std::runtime_error("a newcomer's commit secret differs");
    }
  }
  void remove(LeafIndex index) {
    tree.remove(index);
    keys.erase(index);
  }

  Bytes group_id = {1, 2, 3};
  RatchetTree tree;
  std::map<LeafIndex, TreePrivateKeys> keys;
  std::vector<crypto::SigningKey> signers;
  std::map<LeafIndex, std::size_t> signer_of;
  crypto::HpkeKeyPair pair;
};

}  // namespace xom::mls::testing
