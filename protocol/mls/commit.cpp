#include "protocol/mls/commit.h"

#include <cassert>

#include "protocol/mls/fields.h"

namespace xom::mls {

namespace {
constexpr std::uint8_t kByValue = 1;
constexpr std::uint8_t kByReference = 2;
}  // namespace

// 7.6
SealedSecrets::SealedSecrets(const std::vector<HpkeCiphertext>& ciphertexts) {
  for (const HpkeCiphertext& ciphertext : ciphertexts) push_back(ciphertext);
}

void SealedSecrets::push_back(const HpkeCiphertext& ciphertext) {
  append_vector(encoded_, ciphertext.kem_output);
  append_vector(encoded_, ciphertext.ciphertext);
  ++count_;
}

HpkeCiphertext SealedSecrets::at(std::size_t index) const {
  assert(index < count_);
  Input in(encoded_);
  for (std::size_t i = 0; i < 2 * index; ++i) (void)in.vector(kMaxField);
  return HpkeCiphertext::read(in);
}

SealedSecrets SealedSecrets::read(Input& in) {
  SealedSecrets secrets;
  const ByteView encoded = in.vector(kMaxMessageBytes);
  Input part(encoded);
  for (; !part.empty(); ++secrets.count_) {
    if (secrets.count_ == kMaxItems) {
      part.refuse(ErrorCode::kTooLarge, "7.6: too many ciphertexts");
      break;
    }
    (void)part.vector(kMaxField);
    (void)part.vector(kMaxField);
  }
  in.adopt(part);
  if (in.ok()) secrets.encoded_.assign(encoded.begin(), encoded.end());
  return secrets;
}

void UpdatePathNode::write(Output& out) const {
  out.vector(encryption_key);
  encrypted_path_secret.write(out);
}

UpdatePathNode UpdatePathNode::read(Input& in) {
  UpdatePathNode node;
  node.encryption_key = read_field(in);
  node.encrypted_path_secret = SealedSecrets::read(in);
  return node;
}

void UpdatePath::write(Output& out) const {
  leaf_node.write(out);
  std::size_t size = 0;
  for (const UpdatePathNode& node : nodes) size += node.encrypted_path_secret.bytes();
  const Output::Open open = out.begin_vector(size);
  for (const UpdatePathNode& node : nodes) node.write(out);
  out.end_vector(open);
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
