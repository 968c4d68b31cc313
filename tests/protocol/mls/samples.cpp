#include "tests/protocol/mls/samples.h"

namespace xom::mls::testing {

namespace {

Bytes some(std::size_t size, std::uint8_t fill) { return Bytes(size, fill); }

const Bytes kGroupId(32, 0x6D);

Extensions extensions() { return {{raw(ExtensionType::kLeafFacts), some(70, 0xE1)}, {0x0A0A, {}}}; }

FramedContentAuthData auth(ContentType type) {
  return {some(64, 0xA5), type == ContentType::kCommit ? some(32, 0xC7) : Bytes{}};
}

}  // namespace

crypto::SigningKey sample_key(std::uint8_t seed) {
  return crypto::SigningKey::from_seed(some(32, seed)).value();
}

LeafNode::Place sample_place() { return {kGroupId, LeafIndex{3}}; }

LeafNode sample_leaf(LeafNodeSource source) {
  LeafNode leaf;
  leaf.encryption_key = some(32, static_cast<std::uint8_t>(0x10 + raw(source)));
  const auto key = sample_key().public_key_as<DeviceKey>();
  leaf.signature_key.assign(key.bytes.begin(), key.bytes.end());
  leaf.credential.identity = some(32, 0x1D);
  leaf.capabilities = Capabilities::own();
  leaf.capabilities.extensions.push_back(0x0A0A);
  leaf.capabilities.proposals.push_back(0x1A1A);
  leaf.source = source;
  if (source == LeafNodeSource::kKeyPackage) leaf.lifetime = {1'700'000'000, 1'707'000'000};
  if (source == LeafNodeSource::kCommit) leaf.parent_hash = some(32, 0x9A);
  leaf.extensions = extensions();
  leaf.sign(sample_key(), sample_place());
  return leaf;
}

KeyPackage sample_key_package() {
  KeyPackage package;
  package.init_key = some(32, 0x17);
  package.leaf_node = sample_leaf(LeafNodeSource::kKeyPackage);
  package.extensions = {{raw(ExtensionType::kLastResort), {}}};
  package.sign(sample_key());
  return package;
}

PreSharedKeyId sample_psk(PskType type) {
  PreSharedKeyId psk;
  psk.type = type;
  psk.nonce = some(32, 0x0C);
  if (type == PskType::kExternal) {
    psk.id = some(5, 0x1E);
  } else {
    psk.usage = ResumptionUsage::kBranch;
    psk.group_id = kGroupId;
    psk.epoch = Epoch{7};
  }
  return psk;
}

std::vector<Proposal> sample_proposals() {
  return {{Add{sample_key_package()}},
          {Update{sample_leaf(LeafNodeSource::kUpdate)}},
          {Remove{LeafIndex{5}}},
          {PreSharedKey{sample_psk(PskType::kResumption)}},
          {ReInit{some(16, 0x4E), kProtocolMls10, kSuite, extensions()}},
          {ExternalInit{some(32, 0xE7)}},
          {GroupContextExtensions{extensions()}}};
}

Commit sample_commit() {
  Commit commit;
  for (const Proposal& proposal : sample_proposals()) commit.proposals.push_back({proposal});
  Hash reference;
  reference.bytes.fill(0x4F);
  commit.proposals.push_back({reference});
  const HpkeCiphertext sealed{some(32, 0xBE), some(48, 0xC1)};
  commit.path = UpdatePath{
      sample_leaf(LeafNodeSource::kCommit),
      {{some(32, 0x21), SealedSecrets({sealed, sealed})}, {some(32, 0x22), SealedSecrets()}}};
  return commit;
}

GroupContext sample_context() {
  GroupContext context;
  context.group_id = kGroupId;
  context.epoch = Epoch{9};
  context.tree_hash = some(32, 0x71);
  context.confirmed_transcript_hash = some(32, 0xC4);
  context.extensions = {{raw(ExtensionType::kPolicy), some(200, 0x90)}};
  return context;
}

GroupInfo sample_group_info() {
  GroupInfo info;
  info.group_context = sample_context();
  info.extensions = {{raw(ExtensionType::kExternalPub), some(33, 0xE9)}};
  info.confirmation_tag = some(32, 0xC7);
  info.signer = LeafIndex{2};
  info.sign(sample_key());
  return info;
}

Welcome sample_welcome() {
  const HpkeCiphertext sealed{some(32, 0xBE), some(90, 0xC1)};
  return {kSuite, {{some(32, 0x61), sealed}, {some(32, 0x62), sealed}}, some(300, 0x61)};
}

GroupSecrets sample_group_secrets(bool with_path) {
  GroupSecrets secrets;
  secrets.joiner_secret = crypto::SecretBytes(some(32, 0x10));
  if (with_path) secrets.path_secret = crypto::SecretBytes(some(32, 0xA7));
  secrets.psks = {sample_psk(PskType::kExternal), sample_psk(PskType::kResumption)};
  return secrets;
}

FramedContent sample_content(ContentType type, SenderType sender) {
  FramedContent content;
  content.group_id = kGroupId;
  content.epoch = Epoch{9};
  content.sender.type = sender;
  if (sender == SenderType::kMember || sender == SenderType::kExternal) content.sender.index = 4;
  content.authenticated_data = some(20, 0xAD);
  if (type == ContentType::kApplication) content.content = ApplicationData{some(11, 0x21)};
  if (type == ContentType::kProposal) content.content = sample_proposals()[0];
  if (type == ContentType::kCommit) content.content = sample_commit();
  return content;
}

PublicMessage sample_public(ContentType type, SenderType sender) {
  return {sample_content(type, sender), auth(type),
          sender == SenderType::kMember ? some(32, 0x3E) : Bytes{}};
}

std::vector<Message> sample_messages() {
  PrivateMessage sealed{kGroupId,      Epoch{9},       ContentType::kApplication,
                        some(9, 0xAD), some(28, 0xE5), some(200, 0xC1)};
  return {{sample_public(ContentType::kCommit)},
          {sample_public(ContentType::kCommit, SenderType::kNewMemberCommit)},
          {sample_public(ContentType::kProposal)},
          {sample_public(ContentType::kProposal, SenderType::kExternal)},
          {sample_public(ContentType::kProposal, SenderType::kNewMemberProposal)},
          {std::move(sealed)},
          {sample_welcome()},
          {sample_group_info()},
          {sample_key_package()}};
}

}  // namespace xom::mls::testing
