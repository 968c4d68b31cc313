// RFC 9420, sections 7.4 to 7.6: the tree's secret half, and update paths in both directions.
#pragma once

#include <map>

#include "protocol/mls/group_context.h"
#include "protocol/mls/ratchet_tree.h"

namespace xom::mls {

// The private keys that one member knows; a copy shares them.
struct TreePrivateKeys {
  LeafIndex self{0};
  std::map<NodeIndex, std::shared_ptr<const Secret>> keys;
  // 7.5: forgets the keys of nodes that are blank in `after`, or hold another public key than in
  // `before`, the tree that these keys belong to.
  void forget_changed(const RatchetTree& before, const RatchetTree& after);
  // From a path secret of a node up to the root, along the filtered direct path of `sender`
  // (12.4.3.1 step "path_secret"). kMalformed: a derived public key differs from the tree's.
  // Gives the commit secret.
  [[nodiscard]] Result<Secret> learn_path(const RatchetTree& tree, LeafIndex sender, NodeIndex from,
                                          Secret path_secret);
};

// A path that its sender makes. Merge first, then the new context is known, then encrypt.
struct NewPath {
  LeafNode leaf_node;                // signed
  std::vector<Secret> path_secrets;  // in the order of the filtered direct path
  std::vector<Bytes> public_keys;    // the same
  TreePrivateKeys private_keys;
  Secret commit_secret;
};
struct PathAuthor {
  ByteView group_id;
  LeafIndex self{0};
  const crypto::SigningKey& signer;
};
// Puts a fresh path into `tree` (proposals applied already). The new leaf copies credential,
// capabilities and extensions of `leaf`, gets a fresh encryption key and the source kCommit.
[[nodiscard]] Result<NewPath> make_path(RatchetTree& tree, const PathAuthor& author,
                                        const LeafNode& leaf, crypto::Random& random);
// `context`: the provisional context of the new epoch. `added`: leaves of this commit's Adds, who
// get their secret by Welcome.
[[nodiscard]] Result<UpdatePath> encrypt_path(const RatchetTree& tree, const NewPath& path,
                                              const std::vector<LeafIndex>& added,
                                              const GroupContext& context, crypto::Random& random);

struct PathOpened {
  TreePrivateKeys private_keys;
  Secret commit_secret;
};
// `tree`: with the path merged. kBadSignature: a ciphertext does not open; kMalformed: counts or
// public keys do not fit.
[[nodiscard]] Result<PathOpened> decrypt_path(const RatchetTree& tree, LeafIndex sender,
                                              const UpdatePath& path, const TreePrivateKeys& keys,
                                              const std::vector<LeafIndex>& added,
                                              const GroupContext& context);

}  // namespace xom::mls
