#include "protocol/admission/dead_leaves.h"

#include <algorithm>

#include "protocol/admission/judgement.h"
#include "protocol/base/rule.h"
#include "protocol/base/sort.h"

namespace xom::admission {

namespace {

std::vector<mls::LeafIndex> dead_among(const std::vector<Placed>& members) {
  std::vector<mls::LeafIndex> dead;
  const std::uint64_t newest = highest_list_version(members);
  for (const Placed& m : members) {
    const bool missing = std::ranges::any_of(members, [&](const Placed& other) {
      return other.member.list.version == newest && !other.member.list.contains(m.member.device);
    });
    if (missing) dead.push_back(m.index);
  }
  return dead;
}

// The committer and whoever proposed what it commits.
Result<void> judge_speakers(const Case& c) {
  if (!enforced(Rule::kDeadLeafSilent)) return {};
  std::vector<mls::LeafIndex> speakers{c.commit.committer};
  for (const mls::ResolvedProposal& p : c.commit.proposals) {
    const mls::LeafIndex leaf{p.sender.index};
    if (p.by_reference && std::ranges::find(speakers, leaf) == speakers.end()) {
      speakers.push_back(leaf);
    }
  }
  for (const mls::LeafIndex leaf : speakers) {
    if (!is_live(c.before.tree(), leaf)) {
      return fail(ErrorCode::kRevoked, "a leaf that its account no longer lists");
    }
  }
  return {};
}

}  // namespace

std::vector<mls::LeafIndex> dead_leaves(const mls::RatchetTree& tree) {
  // Only an account with two leaves or more can have a dead one: a leaf's own list contains it.
  std::vector<mls::LeafIndex> leaves = tree.members();
  const auto identity = [&](mls::LeafIndex index) -> const Bytes& {
    return tree.leaf(index)->credential.identity;
  };
  std::ranges::stable_sort(leaves, {}, identity);
  std::vector<mls::LeafIndex> dead;
  for (auto first = leaves.begin(); first != leaves.end();) {
    const auto last = std::find_if(
        first, leaves.end(), [&](mls::LeafIndex l) { return identity(l) != identity(*first); });
    if (last - first > 1) {
      if (const auto account = AccountKey::from(identity(*first))) {
        const auto some = dead_among(members_of(tree, *account));
        dead.insert(dead.end(), some.begin(), some.end());
      }
    }
    first = last;
  }
  sort(dead);
  return dead;
}

bool is_live(const mls::RatchetTree& tree, mls::LeafIndex leaf) {
  const mls::LeafNode* node = tree.leaf(leaf);
  if (node == nullptr) return false;
  const auto account = AccountKey::from(node->credential.identity);
  if (!account) return false;
  const auto dead = dead_among(members_of(tree, *account));
  return std::ranges::find(dead, leaf) == dead.end();
}

Result<void> judge_dead_leaves(const Case& c) {
  if (auto ok = judge_speakers(c); !ok) return ok;
  if (!enforced(Rule::kDeadLeavesRemoved)) return {};
  for (const mls::LeafIndex leaf : dead_leaves(c.before.tree())) {
    if (std::ranges::find(c.commit.removed, leaf) == c.commit.removed.end()) {
      return fail(ErrorCode::kNotPermitted, "a dead leaf is to be removed by the next commit");
    }
  }
  return {};
}

}  // namespace xom::admission
