// Rules of RFC 9420 that only a member, or a newcomer with a whole tree before them, can enforce.
#include "protocol/mls/group.h"
#include "protocol/mls/tree_validation.h"
#include "tests/protocol/mls/tree_samples.h"
#include "tests/protocol/rules/rule_cases.h"
#include "tests/support/seeded_random.h"

namespace xom::rules {

namespace {

// Somebody who founded a group, and one who was added by a Welcome.
struct Two {
  Two() {
    (void)crypto::initialise();
    const Bytes id(32, 3);
    const mls::FoundOptions options{.group_id = id,
                                    .identity = view_of("founder"),
                                    .leaf_extensions = {},
                                    .context_extensions = {},
                                    .lifetime = {0, 1000}};
    group.emplace(mls::Group::found(options, {founder, random}));
    mls::KeyPackageOptions newcomer;
    newcomer.identity = Bytes{'o', 't', 'h', 'e', 'r'};
    newcomer.lifetime = {0, 1000};
    const auto package = mls::make_key_package(other, newcomer, random);
    mls::CommitOptions add;
    add.proposals = {mls::Proposal{mls::Add{package.key_package}}};
    auto made = group->commit(add, mls::no_psks(), mls::no_policy(), {founder, random}).value();
    member.emplace(
        mls::Group::join(made.welcome.value(), package.key_package, package.secrets, mls::no_psks())
            .value());
    group.emplace(std::move(made.next));
  }
  mls::PublicMessage commit(std::vector<mls::Proposal> proposals) {
    mls::CommitOptions options;
    options.proposals = std::move(proposals);
    return group->commit(options, mls::no_psks(), mls::no_policy(), {founder, random})
        .value()
        .commit;
  }
  Result<void> heard(mls::PublicMessage message) const {
    const auto result =
        member->process(mls::Message{std::move(message)}, mls::no_psks(), mls::no_policy());
    if (!result) return std::unexpected(result.error());
    if (!result->next) return fail(ErrorCode::kNotPermitted, "the member noticed its removal");
    return {};
  }

  xom::test::SeededRandom random{5};
  crypto::SigningKey founder = crypto::SigningKey::generate(random);
  crypto::SigningKey other = crypto::SigningKey::generate(random);
  std::optional<mls::Group> group, member;
};

// The committer is a member, so it can make the membership tag of whatever it sends; here that tag
// is left unchecked instead.
Result<void> confirmation(std::uint8_t change) {
  Two two;
  const RuleOff membership(Rule::kMembershipTag);
  mls::PublicMessage commit = two.commit({});
  commit.auth.confirmation_tag[0] ^= change;
  return two.heard(std::move(commit));
}
Result<void> wrong_confirmation() { return confirmation(1); }
Result<void> right_confirmation() { return confirmation(0); }

Result<void> membership(std::uint8_t change) {
  Two two;
  mls::PublicMessage commit = two.commit({});
  commit.membership_tag[0] ^= change;
  return two.heard(std::move(commit));
}
Result<void> wrong_membership() { return membership(1); }
Result<void> right_membership() { return membership(0); }

// A careless committer's Remove without a path, whose new secrets the removed member can compute.
Result<void> removed_goes_on() {
  Two two;
  const RuleOff path(Rule::kPathRequired);
  return two.heard(two.commit({mls::Proposal{mls::Remove{mls::LeafIndex{1}}}}));
}
Result<void> present_goes_on() {
  Two two;
  const RuleOff path(Rule::kPathRequired);
  return two.heard(two.commit({}));
}

// Leaf 3 came back after the paths were made: unmerged at 7 and at 3, which lies between. The
// parent hashes (7.9.2) refuse the same tree; here they are left out, to see that one rule is
// enough.
Result<void> tree_with_unmerged(bool listed_between) {
  using namespace mls;
  const RuleOff hashes(Rule::kParentHashes);
  testing::SampleTree sample(8);
  for (const std::uint32_t sender : {0U, 5U, 2U}) sample.path(LeafIndex{sender});
  sample.remove(LeafIndex{3});
  sample.path(LeafIndex{1});
  sample.add();
  Output out;
  for (std::uint32_t i = 0; i < sample.tree.size().nodes(); ++i) {
    const NodeIndex node{i};
    const LeafNode* leaf = is_leaf(node) ? sample.tree.leaf(leaf_of(node)) : nullptr;
    const ParentNode* parent = is_leaf(node) ? nullptr : sample.tree.parent(node);
    out.u8(leaf != nullptr || parent != nullptr ? 1 : 0);
    if (leaf != nullptr) {
      out.u8(1);
      leaf->write(out);
    }
    if (parent != nullptr) {
      ParentNode copy = *parent;
      if (!listed_between && i == 3) copy.unmerged_leaves.clear();
      out.u8(2);
      copy.write(out);
    }
  }
  Bytes extension;
  append_vector(extension, out.view());
  const auto tree = RatchetTree::decode(extension);
  if (!tree) return std::unexpected(tree.error());
  return check_tree(*tree, sample.group_id, {});
}
Result<void> unmerged_hidden_between() { return tree_with_unmerged(false); }
Result<void> unmerged_listed_between() { return tree_with_unmerged(true); }

}  // namespace

std::vector<RuleCase> member_cases() {
  return {
      {Rule::kConfirmationTag, "WrongConfirmation", wrong_confirmation, right_confirmation},
      {Rule::kMembershipTag, "WrongMembership", wrong_membership, right_membership},
      {Rule::kNoticeOwnRemoval, "RemovedGoesOn", removed_goes_on, present_goes_on},
      {Rule::kUnmergedLeaves, "UnmergedHiddenBetween", unmerged_hidden_between,
       unmerged_listed_between},
  };
}

}  // namespace xom::rules
