// RFC 9420, sections 12.4 (commits) and 7.6 (update paths).
#pragma once

#include "protocol/mls/proposal.h"

namespace xom::mls {

struct UpdatePathNode {
  Bytes encryption_key;
  std::vector<HpkeCiphertext> encrypted_path_secret;
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
