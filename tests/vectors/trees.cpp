// tree-operations, tree-validation, treekem.
#include "protocol/mls/tree_kem.h"
#include "protocol/mls/tree_validation.h"
#include "tests/vectors/formats.h"

namespace xom::vectors {

using mls::LeafIndex;
using mls::NodeIndex;
using mls::RatchetTree;

void tree_operations(Check& check) {
  auto tree = RatchetTree::decode(check.bytes("tree_before"));
  const auto proposal = mls::decode<mls::Proposal>(check.bytes("proposal"));
  if (!check.good(tree, "tree_before") || !check.good(proposal, "proposal")) return;
  check.same(tree->tree_hash().view(), "tree_hash_before");
  if (const auto* add = std::get_if<mls::Add>(&proposal->value)) {
    (void)check.good(tree->add(add->key_package.leaf_node), "add");
  } else if (const auto* update = std::get_if<mls::Update>(&proposal->value)) {
    const LeafIndex sender{static_cast<std::uint32_t>(check.number("proposal_sender"))};
    if (tree->leaf(sender) == nullptr) return check.refuse("the sender is blank");
    tree->update(sender, update->leaf_node);
  } else if (const auto* remove = std::get_if<mls::Remove>(&proposal->value)) {
    if (tree->leaf(remove->removed) == nullptr) return check.refuse("the removed is blank");
    tree->remove(remove->removed);
  } else {
    return check.refuse("no add, update or remove");
  }
  check.same(tree->encode(), "tree_after");
  check.same(tree->tree_hash().view(), "tree_hash_after");
}

void tree_validation(Check& check) {
  const Bytes encoded = check.bytes("tree");
  const auto tree = RatchetTree::decode(encoded);
  if (!check.good(tree, "tree")) return;
  check.same(tree->encode(), encoded, "encoded tree");
  const Json& hashes = check.list("tree_hashes");
  const Json& resolutions = check.list("resolutions");
  const std::uint32_t nodes = tree->size().nodes();
  if (hashes.size() != nodes || resolutions.size() != nodes)
    return check.refuse("lengths of lists");
  for (std::uint32_t i = 0; i < nodes; ++i) {
    const std::string number = std::to_string(i);
    check.same(tree->tree_hash(NodeIndex{i}).view(), check.bytes(hashes[i]), "tree hash " + number);
    Json resolution = Json::array();
    for (NodeIndex node : tree->resolution(NodeIndex{i})) resolution.push_back(raw(node));
    check.expect(resolution == resolutions[i], "resolution of node " + number);
  }
  (void)check.good(mls::check_parent_hashes(*tree), "parent hashes");
  const Bytes group_id = check.bytes("group_id");
  for (LeafIndex leaf : tree->members()) {
    (void)check.good(tree->leaf(leaf)->verify_signature({group_id, leaf}),
                     "leaf " + std::to_string(raw(leaf)));
  }
}

namespace {

struct Member {
  mls::TreePrivateKeys keys;
  crypto::SigningKey signer;
};

// A member's private keys, and that they fit the tree.
std::optional<Member> member_of(Check& fields, const RatchetTree& tree) {
  auto signer = crypto::SigningKey::from_seed(fields.bytes("signature_priv"));
  if (!fields.good(signer, "signature_priv")) return std::nullopt;
  Member member{{}, std::move(*signer)};
  member.keys.self = LeafIndex{static_cast<std::uint32_t>(fields.number("index"))};
  const mls::LeafNode* leaf = tree.leaf(member.keys.self);
  if (leaf == nullptr) {
    fields.refuse("leaves_private: a blank leaf");
    return std::nullopt;
  }
  fields.same(member.signer.public_key_as<Hash>().view(), leaf->signature_key, "signature_priv");
  const auto put = [&](NodeIndex node, mls::Secret key) {
    const Bytes* expected = tree.encryption_key(node);
    const auto pair = crypto::HpkeKeyPair::from_private(key.view());
    fields.expect(expected != nullptr && *expected == pair.public_key,
                  "private key of node " + std::to_string(raw(node)));
    member.keys.keys[node] = std::make_shared<const mls::Secret>(std::move(key));
  };
  put(node_of(member.keys.self), fields.secret("encryption_priv"));
  for (const Json& entry : fields.list("path_secrets")) {
    Check path = fields.inside(entry);
    const mls::Secret secret = mls::derive_secret(path.secret("path_secret").view(), "node");
    put(NodeIndex{static_cast<std::uint32_t>(path.number("node"))},
        crypto::HpkeKeyPair::derive(secret.view()).private_key.clone());
  }
  if (!fields.ok()) return std::nullopt;
  return member;
}

struct TreeKem {
  RatchetTree tree;
  mls::GroupContext context;
  std::map<LeafIndex, Member> members;
};

// Every other member processes the path and comes to the same commit secret.
void all_open(Check& check, const TreeKem& kem, const RatchetTree& after, LeafIndex sender,
              const mls::UpdatePath& path, const mls::GroupContext& context, ByteView commit_secret,
              const Json* path_secrets) {
  for (const auto& [leaf, member] : kem.members) {
    if (leaf == sender) continue;
    const std::string name = "member " + std::to_string(raw(leaf));
    const auto opened = mls::decrypt_path(after, sender, path, member.keys, {}, context);
    if (!check.good(opened, name)) return;
    check.same(opened->commit_secret.view(), commit_secret, name + ": commit secret");
    if (path_secrets == nullptr) continue;
    // The path secret itself does not leave the core: the key that it gives does, at the lowest
    // node that both are under.
    const mls::Secret secret(32 == check.bytes((*path_secrets)[raw(leaf)]).size()
                                 ? check.bytes((*path_secrets)[raw(leaf)])
                                 : Bytes(32));
    for (const auto& step : kem.tree.filtered_direct_path(sender)) {
      if (!is_in_subtree(node_of(leaf), step.node)) continue;
      const mls::Secret node = mls::derive_secret(secret.view(), "node");
      const auto found = opened->private_keys.keys.find(step.node);
      if (found == opened->private_keys.keys.end()) return check.refuse(name + ": no key");
      check.same(found->second->view(), crypto::HpkeKeyPair::derive(node.view()).private_key.view(),
                 name + ": path secret");
      break;
    }
  }
}

void update_path(Check& check, const TreeKem& kem) {
  const LeafIndex sender{static_cast<std::uint32_t>(check.number("sender"))};
  const auto path = mls::decode<mls::UpdatePath>(check.bytes("update_path"));
  if (!check.good(path, "update_path")) return;
  if (!kem.members.contains(sender)) return check.refuse("the sender is nobody");
  const Json& path_secrets = check.list("path_secrets");
  for (const auto& [leaf, member] : kem.members) {
    if (raw(leaf) >= path_secrets.size()) return check.refuse("length of path_secrets");
  }

  const Bytes& group_id = kem.context.group_id;
  (void)check.good(path->leaf_node.verify_signature({group_id, sender}), "leaf of update_path");
  RatchetTree after = kem.tree;
  if (!check.good(after.merge_path(sender, *path), "7.9.2")) return;
  check.same(after.tree_hash().view(), "tree_hash_after");
  mls::GroupContext context = kem.context;
  const Hash hash = after.tree_hash();
  context.tree_hash.assign(hash.bytes.begin(), hash.bytes.end());
  all_open(check, kem, after, sender, *path, context, check.bytes("commit_secret"), &path_secrets);

  // And a path of our own making.
  RatchetTree own = kem.tree;
  const mls::LeafNode leaf = *own.leaf(sender);
  const auto made = mls::make_path(own, {group_id, sender, kem.members.at(sender).signer}, leaf,
                                   crypto::system_random());
  if (!check.good(made, "make_path")) return;
  const Hash own_hash = own.tree_hash();
  context.tree_hash.assign(own_hash.bytes.begin(), own_hash.bytes.end());
  const auto sealed = mls::encrypt_path(own, *made, {}, context, crypto::system_random());
  if (!check.good(sealed, "encrypt_path")) return;
  (void)check.good(sealed->leaf_node.verify_signature({group_id, sender}), "own path: leaf");
  RatchetTree merged = kem.tree;
  if (!check.good(merged.merge_path(sender, *sealed), "own path, 7.9.2")) return;
  check.expect(merged.tree_hash() == own_hash, "own path: tree hash");
  all_open(check, kem, merged, sender, *sealed, context, made->commit_secret.view(), nullptr);
}

}  // namespace

void tree_kem(Check& check) {
  auto tree = RatchetTree::decode(check.bytes("ratchet_tree"));
  if (!check.good(tree, "ratchet_tree")) return;
  TreeKem kem{std::move(*tree), {}, {}};
  kem.context.group_id = check.bytes("group_id");
  kem.context.epoch = Epoch{check.number("epoch")};
  kem.context.confirmed_transcript_hash = check.bytes("confirmed_transcript_hash");
  for (const Json& fields : check.list("leaves_private")) {
    Check inside = check.inside(fields);
    auto member = member_of(inside, kem.tree);
    if (!member) return;
    const LeafIndex self = member->keys.self;
    kem.members.emplace(self, std::move(*member));
  }
  check.expect(kem.members.size() == kem.tree.members().size(), "leaves_private: not all members");
  for (const Json& fields : check.list("update_paths")) {
    Check inside = check.inside(fields);
    update_path(inside, kem);
  }
}

}  // namespace xom::vectors
