// RFC 9420, sections 12.4 (commits) and 7.6 (update paths).
#pragma once

#include "protocol/mls/proposal.h"

namespace xom::mls {

// A node's path secret, sealed to each node of a resolution. In one piece, as it travels: where
// parents are blank, a commit holds one ciphertext for each member, of which a reader opens one.
class SealedSecrets {
 public:
  SealedSecrets() = default;
  explicit SealedSecrets(const std::vector<HpkeCiphertext>& ciphertexts);
  void push_back(const HpkeCiphertext& ciphertext);
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] std::size_t bytes() const { return encoded_.size(); }
  [[nodiscard]] HpkeCiphertext at(std::size_t index) const;  // below size() (checked by assertion)
  void write(Output& out) const { out.vector(encoded_); }
  [[nodiscard]] static SealedSecrets read(Input& in);
  bool operator==(const SealedSecrets&) const = default;

 private:
  std::size_t count_ = 0;
  Bytes encoded_;
};

struct UpdatePathNode {
  Bytes encryption_key;
  SealedSecrets encrypted_path_secret;
  void write(Output& out) const;
  [[nodiscard]] static UpdatePathNode read(Input& in);
  bool operator==(const UpdatePathNode&) const = default;
};
struct UpdatePath {
  LeafNode leaf_node;
  std::vector<UpdatePathNode> nodes;
  void write(Output& out) const;
  [[nodiscard]] static UpdatePath read(Input& in);
  bool operator==(const UpdatePath&) const = default;
};

struct ProposalOrRef {
  std::variant<Proposal, Hash> value;  // by value, or its ProposalRef
  void write(Output& out) const;
  [[nodiscard]] static ProposalOrRef read(Input& in);
  bool operator==(const ProposalOrRef&) const = default;
};
struct Commit {
  std::vector<ProposalOrRef> proposals;  // at most kMaxCommitProposals
  std::optional<UpdatePath> path;
  void write(Output& out) const;
  [[nodiscard]] static Commit read(Input& in);
  bool operator==(const Commit&) const = default;
};

}  // namespace xom::mls
