// RFC 9420, section 12.4.3.2: entering a group by a commit of one's own.
#include "protocol/mls/group_builder.h"

namespace xom::mls {

namespace {

LeafNode leaf_of(const Group::External& options, const crypto::SigningKey& signer) {
  LeafNode leaf;
  const auto key = signer.public_key_as<DeviceKey>();
  leaf.signature_key.assign(key.bytes.begin(), key.bytes.end());
  leaf.credential.identity.assign(options.identity.begin(), options.identity.end());
  leaf.capabilities = Capabilities::own();
  leaf.extensions = options.leaf_extensions;
  return leaf;
}

}  // namespace

Result<Group::Joined> Group::join_external(const GroupInfo& info, const External& options,
                                           const Policy& policy, Signed by,
                                           const Bytes* separate_tree) {
  auto external_pub = info.external_pub();
  if (!external_pub) return std::unexpected(external_pub.error());
  auto group = PublicGroup::from_group_info(info, {separate_tree});
  if (!group) return std::unexpected(group.error());
  auto init = send_external_init(*external_pub, by.random);
  if (!init) return std::unexpected(init.error());

  CommitPlan plan{*group,
                  init->init_secret,
                  nullptr,
                  {SenderType::kNewMemberCommit, 0},
                  {},
                  {},
                  leaf_of(options, by.signer),
                  {},
                  true,
                  options.authenticated_data};
  std::vector<Proposal> proposals{{ExternalInit{init->kem_output}}};
  if (options.remove) proposals.push_back({Remove{*options.remove}});
  for (Proposal& proposal : proposals) {
    plan.commit.proposals.push_back({proposal});
    plan.proposals.push_back({std::move(proposal), plan.sender, false});
  }
  auto made = GroupBuilder::make_commit(std::move(plan), no_psks(), policy, by);
  if (!made) return std::unexpected(made.error());
  return Joined{std::move(made->next), std::move(made->commit), std::move(made->group_info)};
}

}  // namespace xom::mls
