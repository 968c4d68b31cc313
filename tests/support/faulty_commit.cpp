#include "tests/support/faulty_commit.h"

#include <algorithm>

#include "protocol/mls/group_builder.h"
#include "protocol/mls/message_protection.h"
#include "protocol/mls/transcript_hash.h"
#include "tests/protocol/mls/sealed_change.h"

namespace xom::test {

using namespace mls;

namespace {

Secret membership_key(const Group& group) { return stored_secret(group, 4); }
Secret init_secret(const Group& group) { return stored_secret(group, 7); }

void flip(Bytes& bytes) { bytes.back() ^= 1; }

// Does `victim` alone hold the private key of a node?
bool opens_alone(const RatchetTree& tree, NodeIndex node, LeafIndex victim) {
  const ParentNode* parent = tree.parent(node);
  return std::ranges::all_of(tree.members(), [&](LeafIndex member) {
    const bool unmerged = parent != nullptr && std::ranges::find(parent->unmerged_leaves, member) !=
                                                   parent->unmerged_leaves.end();
    return member == victim || unmerged || !is_in_subtree(node_of(member), node);
  });
}

std::vector<ResolvedProposal> by_value(const Group& group, const CommitOptions& options) {
  std::vector<ResolvedProposal> proposals;
  for (const Proposal& proposal : options.proposals) {
    proposals.push_back({proposal, {SenderType::kMember, raw(group.self())}, false});
  }
  return proposals;
}

// Where in a path by `committer` the ciphertext stands that the victim opens.
struct Place {
  std::size_t node = 0, ciphertext = 0;
};
Result<Place> place_of(LeafIndex victim, LeafIndex committer, const PublicGroup::Applied& applied) {
  const RatchetTree& tree = applied.tree;
  const auto steps = tree.filtered_direct_path(committer);
  const NodeIndex leaf = node_of(victim);
  const auto step = std::ranges::find_if(
      steps, [&](const auto& each) { return is_in_subtree(leaf, each.copath_child); });
  if (step == steps.end()) return fail(ErrorCode::kNotFound, "no ciphertext for this leaf");
  const auto sealed_to = tree.resolution(step->copath_child, applied.added);
  // An unmerged leaf stands by itself beside the node above it.
  auto place = std::ranges::find(sealed_to, leaf);
  if (place == sealed_to.end()) {
    place =
        std::ranges::find_if(sealed_to, [&](NodeIndex node) { return is_in_subtree(leaf, node); });
  }
  if (place == sealed_to.end()) return fail(ErrorCode::kNotFound, "no ciphertext for this leaf");
  if (!opens_alone(tree, *place, victim)) {
    return fail(ErrorCode::kConflict, "others open the victim's ciphertext too");
  }
  return Place{static_cast<std::size_t>(step - steps.begin()),
               static_cast<std::size_t>(place - sealed_to.begin())};
}

void spoil(UpdatePath& path, const Place& place) {
  mls::testing::change(path.nodes[place.node].encrypted_path_secret,
                       [&](auto& sealed) { flip(sealed[place.ciphertext].ciphertext); });
}

// With a key that nobody holds.
void spoil(GroupInfo& info, Signed by) {
  for (Extension& extension : info.extensions) {
    if (extension.type != static_cast<std::uint16_t>(ExtensionType::kExternalPub)) continue;
    Output key;
    key.vector(crypto::HpkeKeyPair::generate(by.random).public_key);
    extension.data = std::move(key).take();
  }
  info.sign(by.signer);
}

}  // namespace

Secret stored_secret(const Group& group, std::size_t number) {
  for (const Record& record : group.records()) {
    if (record.key.kind != RecordKind::kEpoch) continue;
    return Secret(record.value.view().subspan(4 + 32 * number, 32));
  }
  return {};
}

Result<Group::Made> commit_with(Fault fault, LeafIndex victim, const Group& group,
                                const CommitOptions& options, const Policy& policy, Signed by) {
  Lies lies;
  if (fault == Fault::kConfirmationTag) lies.tag = flip;
  if (fault == Fault::kPath) {
    const auto applied = group.public_group().apply(by_value(group, options),
                                                    {SenderType::kMember, raw(group.self())});
    if (!applied) return std::unexpected(applied.error());
    const auto place = place_of(victim, group.self(), *applied);
    if (!place) return std::unexpected(place.error());
    lies.path = [place = *place](UpdatePath& path) { spoil(path, place); };
  }
  auto made = lying_commit(lies, group, options, policy, by);
  if (!made) return made;
  if (fault == Fault::kMembershipTag) flip(made->commit.membership_tag);
  if (fault == Fault::kExternalPub) spoil(made->group_info, by);
  if (fault == Fault::kWelcome) {
    if (!made->welcome) return fail(ErrorCode::kMalformed, "no Welcome without newcomers");
    for (EncryptedGroupSecrets& each : made->welcome->secrets) {
      flip(each.encrypted_group_secrets.ciphertext);
    }
  }
  return made;
}

// As GroupBuilder::make_commit() does it (12.4.1).
Result<Group::Made> lying_commit(const Lies& lies, const Group& group, const CommitOptions& options,
                                 const Policy& policy, Signed by) {
  const PublicGroup& before = group.public_group();
  const GroupContext& old = before.context();
  const Sender sender{SenderType::kMember, raw(group.self())};
  const auto proposals = by_value(group, options);
  Commit commit;
  for (const Proposal& proposal : options.proposals) commit.proposals.push_back({proposal});
  auto applied = before.apply(proposals, sender);
  if (!applied) return std::unexpected(applied.error());
  LeafNode leaf = *before.tree().leaf(group.self());
  if (options.leaf_extensions) leaf.extensions = *options.leaf_extensions;
  RatchetTree& tree = applied->tree;
  auto path = make_path(tree, {old.group_id, group.self(), by.signer}, leaf, by.random);
  if (!path) return std::unexpected(path.error());
  GroupContext context = old;
  context.epoch = Epoch{raw(old.epoch) + 1};
  context.extensions = applied->extensions;
  const Hash tree_hash = tree.tree_hash();
  context.tree_hash.assign(tree_hash.bytes.begin(), tree_hash.bytes.end());
  auto sealed = encrypt_path(tree, *path, applied->added, context, by.random);
  if (!sealed) return std::unexpected(sealed.error());
  lies.path(*sealed);
  commit.path = std::move(*sealed);

  AuthenticatedContent content =
      sign_content(WireFormat::kPublicMessage,
                   {old.group_id, old.epoch, sender, options.authenticated_data, std::move(commit)},
                   by.signer, old);
  const Hash confirmed = confirmed_transcript_hash(before.interim_transcript_hash(), content);
  context.confirmed_transcript_hash.assign(confirmed.bytes.begin(), confirmed.bytes.end());
  const Secret no_psk;
  const Secret joiner = joiner_secret(init_secret(group), path->commit_secret, context);
  EpochSecrets secrets = epoch_secrets(joiner.view(), no_psk, context);
  Bytes& tag = content.auth.confirmation_tag;
  tag = confirmation_tag(secrets.confirmation_key, context.confirmed_transcript_hash);
  lies.tag(tag);

  auto staged = before.stage(content, policy);
  if (!staged) return std::unexpected(staged.error());
  Group next =
      GroupBuilder::enter(*staged->after, std::move(path->private_keys), std::move(secrets));
  GroupInfo info = next.group_info(by.signer);
  std::optional<Welcome> welcome;
  if (!applied->added.empty()) {
    auto made = make_welcome({info, joiner, no_psk, applied->psks, staged->after->tree(),
                              group.self(), &path->path_secrets, applied->added, proposals},
                             by.random);
    if (!made) return std::unexpected(made.error());
    welcome = std::move(*made);
  }
  PublicMessage message = protect_public(std::move(content), membership_key(group), old);
  return Group::Made{std::move(next), std::move(message), std::move(info), std::move(welcome)};
}

}  // namespace xom::test
