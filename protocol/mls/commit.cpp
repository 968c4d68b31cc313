#include "protocol/mls/commit.h"

#include "protocol/mls/fields.h"

namespace xom::mls {

namespace {
constexpr std::uint8_t kByValue = 1;
constexpr std::uint8_t kByReference = 2;
}  // namespace

// 7.6
void UpdatePathNode::write(Output& out) const {
  out.vector(encryption_key);
  out.list(encrypted_path_secret);
}

UpdatePathNode UpdatePathNode::read(Input& in) {
  UpdatePathNode node;
  node.encryption_key = read_field(in);
  node.encrypted_path_secret = read_items<HpkeCiphertext>(in);
  return node;
}

void UpdatePath::write(Output& out) const {
  leaf_node.write(out);
  out.list(nodes);
}

UpdatePath UpdatePath::read(Input& in) {
  UpdatePath path;
  path.leaf_node = LeafNode::read(in);
  path.nodes = read_list<UpdatePathNode>(in, kMaxMessageBytes, kMaxPathNodes);
  return path;
}

// 12.4
void ProposalOrRef::write(Output& out) const {
  if (const auto* proposal = std::get_if<Proposal>(&value)) {
    out.u8(kByValue);
    proposal->write(out);
  } else {
    out.u8(kByReference);
    out.vector(std::get<Hash>(value).view());
  }
}

ProposalOrRef ProposalOrRef::read(Input& in) {
  switch (in.u8()) {
    case kByValue:
      return {Proposal::read(in)};
    case kByReference: {
      const auto reference = Hash::from(in.vector(kMaxField));
      if (!reference) in.refuse(ErrorCode::kMalformed, "12.4: a reference is a hash");
      return {reference.value_or(Hash{})};
    }
    default:
      in.refuse(ErrorCode::kMalformed, "12.4: neither a proposal nor a reference");
      return {Hash{}};
  }
}

void Commit::write(Output& out) const {
  out.list(proposals);
  out.optional(path);
}

Commit Commit::read(Input& in) {
  Commit commit;
  commit.proposals = read_list<ProposalOrRef>(in, kMaxMessageBytes, kMaxCommitProposals);
  commit.path = read_optional<UpdatePath>(in);
  return commit;
}

}  // namespace xom::mls
