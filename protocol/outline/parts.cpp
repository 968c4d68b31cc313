#include "protocol/outline/parts.h"

namespace xom::outline {

namespace {

// Reads the elements of a vector one by one with `read`; bounded by kMaxListItems.
template <class Read>
void for_each(Input& in, Read read) {
  Input part(in.vector(kMaxMessage));
  for (std::size_t count = 0; !part.empty(); ++count) {
    if (count == kMaxListItems) {
      part.refuse(ErrorCode::kTooLarge, "too many items in a list");
      break;
    }
    read(part);
  }
  in.adopt(part);
}

void skip_numbers(Input& in) {
  for_each(in, [](Input& part) { (void)part.u16(); });
}

struct Leaf {
  ByteView encryption_key;
  ByteView signature_key;
  std::uint16_t credential_type = 0;
  ByteView identity;
  std::uint8_t source = 0;
  std::uint64_t not_before = 0;
  std::uint64_t not_after = 0;
};

void read_credential(Input& in, Leaf& leaf) {
  constexpr std::uint16_t kBasic = 1;
  constexpr std::uint16_t kX509 = 2;
  leaf.credential_type = in.u16();
  if (leaf.credential_type == kX509) {
    for_each(in, [](Input& part) { (void)part.vector(kMaxMessage); });
  } else if (leaf.credential_type == kBasic) {
    leaf.identity = in.vector(kMaxIdentifier);
  } else {
    in.refuse(ErrorCode::kUnknownKind, "unknown type of credential");
  }
}

// Section 7.2.
Leaf read_leaf(Input& in) {
  constexpr std::uint8_t kFromKeyPackage = 1;
  constexpr std::uint8_t kFromUpdate = 2;
  constexpr std::uint8_t kFromCommit = 3;
  Leaf leaf;
  leaf.encryption_key = in.vector(kMaxIdentifier);
  leaf.signature_key = in.vector(kMaxIdentifier);
  read_credential(in, leaf);
  for (int list = 0; list < 5; ++list) skip_numbers(in);  // capabilities
  leaf.source = in.u8();
  if (leaf.source == kFromKeyPackage) {
    leaf.not_before = in.u64();
    leaf.not_after = in.u64();
  } else if (leaf.source == kFromCommit) {
    (void)in.vector(kMaxIdentifier);  // parent hash
  } else if (leaf.source != kFromUpdate) {
    in.refuse(ErrorCode::kMalformed, "unknown source of a leaf");
  }
  skip_extensions(in);
  (void)in.vector(kMaxIdentifier);  // signature
  return leaf;
}

// Section 8.4.
void skip_psk_id(Input& in) {
  constexpr std::uint8_t kExternal = 1;
  constexpr std::uint8_t kResumption = 2;
  const std::uint8_t type = in.u8();
  if (type == kResumption) {
    (void)in.u8();  // usage
    (void)in.vector(kMaxIdentifier);
    (void)in.u64();
  } else if (type == kExternal) {
    (void)in.vector(kMaxIdentifier);
  } else {
    in.refuse(ErrorCode::kMalformed, "unknown type of pre-shared key");
  }
  (void)in.vector(kMaxIdentifier);  // nonce
}

void skip_reinit(Input& in) {
  (void)in.vector(kMaxIdentifier);  // group id
  (void)in.u16();                   // version
  (void)in.u16();                   // cipher suite
  skip_extensions(in);
}

// Section 7.6.
void skip_update_path(Input& in) {
  (void)read_leaf(in);
  for_each(in, [](Input& node) {
    (void)node.vector(kMaxIdentifier);  // encryption key
    for_each(node, [](Input& ciphertext) {
      (void)ciphertext.vector(kMaxIdentifier);  // kem_output
      (void)ciphertext.vector(kMaxIdentifier);
    });
  });
}

}  // namespace

void skip_extensions(Input& in) {
  for_each(in, [](Input& part) {
    (void)part.u16();
    (void)part.vector(kMaxMessage);
  });
}

KeyPackage read_key_package(Input& in) {
  constexpr std::uint16_t kMls10 = 1;
  constexpr std::uint8_t kFromKeyPackage = 1;
  const ByteView before = in.rest();
  KeyPackage package;
  package.version = in.u16();
  if (package.version != kMls10) in.refuse(ErrorCode::kUnsupportedVersion, "not MLS 1.0");
  package.cipher_suite = in.u16();
  package.init_key = in.vector(kMaxIdentifier);
  const Leaf leaf = read_leaf(in);
  if (leaf.source != kFromKeyPackage) {
    in.refuse(ErrorCode::kMalformed, "the leaf was not made for a KeyPackage");
  }
  package.encryption_key = leaf.encryption_key;
  package.signature_key = leaf.signature_key;
  package.identity = leaf.identity;
  package.credential_type = leaf.credential_type;
  package.not_before = leaf.not_before;
  package.not_after = leaf.not_after;
  skip_extensions(in);
  (void)in.vector(kMaxIdentifier);  // signature
  package.encoded = in.since(before);
  return package;
}

// Section 12.1.
Proposal read_proposal(Input& in, Commit& commit) {
  const ByteView before = in.rest();
  Proposal proposal;
  proposal.type = static_cast<ProposalType>(in.u16());
  switch (proposal.type) {
    case ProposalType::kAdd:
      commit.adds.push_back(read_key_package(in));
      break;
    case ProposalType::kUpdate:
      (void)read_leaf(in);
      break;
    case ProposalType::kRemove:
      commit.removes.push_back(in.u32());
      break;
    case ProposalType::kPreSharedKey:
      skip_psk_id(in);
      break;
    case ProposalType::kReInit:
      skip_reinit(in);
      break;
    case ProposalType::kExternalInit:
      (void)in.vector(kMaxIdentifier);
      break;
    case ProposalType::kGroupContextExtensions:
      skip_extensions(in);
      break;
    default:
      in.refuse(ErrorCode::kUnknownKind, "unknown type of proposal");
      break;
  }
  proposal.encoded = in.since(before);
  return proposal;
}

// Section 12.4.
Commit read_commit(Input& in) {
  constexpr std::uint8_t kInline = 1;
  constexpr std::uint8_t kReference = 2;
  Commit commit;
  Input proposals(in.vector(kMaxMessage));
  while (!proposals.empty()) {
    if (commit.proposals.size() == kMaxProposals) {
      proposals.refuse(ErrorCode::kTooLarge, "too many proposals in a commit");
      break;
    }
    const std::uint8_t kind = proposals.u8();
    if (kind == kInline) {
      commit.proposals.push_back(read_proposal(proposals, commit));
    } else if (kind == kReference) {
      commit.proposals.push_back(
          {.by_reference = true, .encoded = proposals.vector(kMaxIdentifier)});
    } else {
      proposals.refuse(ErrorCode::kMalformed, "neither a proposal nor a reference");
    }
  }
  in.adopt(proposals);
  const std::uint8_t has_path = in.u8();
  if (has_path > 1) in.refuse(ErrorCode::kMalformed, "bad presence of a path");
  commit.has_path = has_path == 1;
  if (commit.has_path) skip_update_path(in);
  return commit;
}

}  // namespace xom::outline
