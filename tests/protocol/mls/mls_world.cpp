#include "tests/protocol/mls/mls_world.h"

#include <cstdlib>

#include "protocol/mls/message_protection.h"

namespace xom::mls::testing {

namespace {

const Bytes kGroupId(32, 0x21);
constexpr Lifetime kLifetime{1'700'000'000, 1'700'000'000 + 30ULL * 24 * 3600};

}  // namespace

MlsWorld::MlsWorld(std::uint32_t size, std::uint32_t committers, std::uint64_t seed)
    : random_(seed) {
  PublicGroup first = PublicGroup::found(kGroupId, key_package(0).leaf_node, {});
  // By a GroupInfo, which brings the confirmation tag.
  auto entered = PublicGroup::from_group_info(group_info(first, 0), {});
  if (!entered) std::abort();
  group_ = std::move(*entered);
  constexpr std::uint32_t kAddsAtOnce = 200;
  for (std::uint32_t next = 1; next < size;) {
    CommitDraft draft;
    draft.path = false;
    for (std::uint32_t i = 0; i < kAddsAtOnce && next < size; ++i) {
      draft.proposals.push_back({add(next++)});
    }
    accept(stage(commit(0, draft)));
  }
  for (std::uint32_t i = 0; i < committers; ++i) accept(stage(commit(i, {})));
}

const Person& MlsWorld::person(std::uint32_t number) {
  auto found = people_.find(number);
  if (found == people_.end()) {
    Person made{crypto::SigningKey::generate(random_), Bytes(32)};
    random_.fill(made.identity);
    found = people_.emplace(number, std::move(made)).first;
  }
  return found->second;
}

Bytes MlsWorld::encryption_key() { return crypto::HpkeKeyPair::generate(random_).public_key; }

KeyPackage MlsWorld::key_package(std::uint32_t number) {
  const Person& who = person(number);
  return make_key_package(who.signer, {who.identity, {}, kLifetime, false}, random_).key_package;
}

LeafNode MlsWorld::leaf(std::uint32_t number, LeafNodeSource source) {
  LeafNode leaf = key_package(number).leaf_node;
  leaf.source = source;
  leaf.lifetime = {};
  return leaf;
}

Proposal MlsWorld::update(std::uint32_t number) {
  LeafNode updated = leaf(number, LeafNodeSource::kUpdate);
  updated.sign(person(number).signer, {kGroupId, LeafIndex{number}});
  return {Update{std::move(updated)}};
}

Proposal MlsWorld::psk() {
  PreSharedKeyId id;
  id.id = {1, 2, 3};
  id.nonce.resize(32);
  random_.fill(id.nonce);
  return {PreSharedKey{std::move(id)}};
}

AuthenticatedContent MlsWorld::sign(const Sender& sender, const crypto::SigningKey& signer,
                                    std::variant<ApplicationData, Proposal, Commit> content) {
  FramedContent framed{group_.context().group_id, group_.epoch(), sender, {}, std::move(content)};
  return sign_content(WireFormat::kPublicMessage, std::move(framed), signer, group_.context());
}

AuthenticatedContent MlsWorld::proposal(std::uint32_t member, Proposal proposal) {
  return sign({SenderType::kMember, member}, person(member).signer, std::move(proposal));
}

ProposalOrRef MlsWorld::propose(std::uint32_t member, Proposal what) {
  const AuthenticatedContent content = proposal(member, std::move(what));
  auto next = group_.with_proposal(content);
  if (!next) std::abort();
  group_ = std::move(*next);
  return {proposal_ref(encode(content))};
}

UpdatePath MlsWorld::make_path(std::uint32_t number, const Sender& sender,
                               const CommitDraft& draft) {
  std::vector<ResolvedProposal> resolved;
  for (const ProposalOrRef& each : draft.proposals) {
    if (const auto* value = std::get_if<Proposal>(&each.value)) {
      resolved.push_back({*value, sender, false});
      continue;
    }
    for (const auto& [reference, pending] : group_.pending()) {
      if (reference == std::get<Hash>(each.value)) resolved.push_back(pending);
    }
  }
  // Of a list that is refused, the path is never looked at.
  auto applied = group_.apply(resolved, sender);
  if (!applied) {
    applied = PublicGroup::Applied{};
    applied->tree = group_.tree();
  }
  UpdatePath path;
  path.leaf_node = leaf(number, LeafNodeSource::kCommit);
  RatchetTree& tree = applied->tree;
  LeafIndex self{sender.index};
  if (sender.type == SenderType::kNewMemberCommit) {
    auto place = tree.add(path.leaf_node);
    if (!place) std::abort();
    self = *place;
  }
  std::vector<Bytes> keys;
  for (const RatchetTree::Step& step : tree.filtered_direct_path(self)) {
    keys.push_back(encryption_key());
    const std::size_t count = tree.resolution(step.copath_child, applied->added).size();
    path.nodes.push_back({keys.back(), SealedSecrets(std::vector<HpkeCiphertext>(
                                           count, {Bytes(32, 9), Bytes(48, 9)}))});
  }
  path.leaf_node.parent_hash = tree.merge_own_path(self, keys);
  if (draft.change_leaf) draft.change_leaf(path.leaf_node);
  path.leaf_node.sign(person(number).signer, {kGroupId, self});
  if (draft.change_path) draft.change_path(path);
  return path;
}

AuthenticatedContent MlsWorld::make_commit(std::uint32_t number, const Sender& sender,
                                           const CommitDraft& draft) {
  Commit commit{draft.proposals, {}};
  if (draft.path) commit.path = make_path(number, sender, draft);
  AuthenticatedContent content = sign(sender, person(number).signer, std::move(commit));
  if (!draft.authenticated_data.empty()) {
    content.content.authenticated_data = draft.authenticated_data;
    content = sign_content(content.wire_format, std::move(content.content), person(number).signer,
                           group_.context());
  }
  content.auth.confirmation_tag = Bytes(32, 0x55);
  if (draft.change_signed) draft.change_signed(content);
  return content;
}

AuthenticatedContent MlsWorld::commit(std::uint32_t member, const CommitDraft& draft) {
  return make_commit(member, {SenderType::kMember, member}, draft);
}

AuthenticatedContent MlsWorld::external_commit(std::uint32_t number, const CommitDraft& draft) {
  return make_commit(number, {SenderType::kNewMemberCommit, 0}, draft);
}

void MlsWorld::accept(const Result<StagedCommit>& staged) {
  if (!staged) std::abort();
  group_ = *staged->after;
}

GroupInfo MlsWorld::group_info(const PublicGroup& group, std::uint32_t signer) {
  GroupInfo info;
  info.group_context = group.context();
  Output external_pub;
  external_pub.vector(encryption_key());
  info.extensions = {{raw(ExtensionType::kRatchetTree), group.tree().encode()},
                     {raw(ExtensionType::kExternalPub), std::move(external_pub).take()}};
  const ByteView tag = group.confirmation_tag();
  info.confirmation_tag.assign(tag.begin(), tag.end());
  info.confirmation_tag.resize(32);
  info.signer = LeafIndex{signer};
  info.sign(person(signer).signer);
  return info;
}

}  // namespace xom::mls::testing
