#include "protocol/admission/leaves.h"

#include <algorithm>

#include "protocol/base/rule.h"
#include "protocol/base/sort.h"

namespace xom::admission {

namespace {

bool is_of(const mls::LeafNode& leaf, const AccountKey& account) {
  return std::ranges::equal(leaf.credential.identity, account.view());
}

Result<Member> with_list(const mls::LeafNode& leaf, LeafFacts facts, trust::DeviceList list) {
  auto account = AccountKey::from(leaf.credential.identity);
  auto device = DeviceKey::from(leaf.signature_key);
  if (!account || !device) return fail(ErrorCode::kMalformed, "leaf: account or device is no key");
  if (list.account != *account) {
    return fail(ErrorCode::kUntrusted, "leaf: device list of another account");
  }
  return Member{*account, *device, std::move(list), facts.voucher};
}

Result<LeafFacts> facts_of(const mls::LeafNode& leaf) {
  const Bytes* facts = mls::find(leaf.extensions, mls::ExtensionType::kLeafFacts);
  if (facts == nullptr) return fail(ErrorCode::kMalformed, "leaf: no leaf facts");
  return LeafFacts::decode(*facts);
}

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

}  // namespace

Result<Member> read_member(const mls::LeafNode& leaf) {
  auto facts = facts_of(leaf);
  if (!facts) return std::unexpected(facts.error());
  auto statement = trust::Statement::decode(facts->device_list);
  if (!statement) return std::unexpected(statement.error());
  if (statement->kind != trust::Kind::kDeviceList) {
    return fail(ErrorCode::kMalformed, "leaf: no device list");
  }
  auto list = trust::DeviceList::decode_body(statement->body);
  if (!list) return std::unexpected(list.error());
  return with_list(leaf, std::move(*facts), std::move(*list));
}

Result<Member> verify_member(const mls::LeafNode& leaf) {
  auto facts = facts_of(leaf);
  if (!facts) return std::unexpected(facts.error());
  if (!enforced(Rule::kDeviceInList)) return read_member(leaf);
  auto list = trust::verify_device_list(facts->device_list);
  if (!list) return std::unexpected(list.error().during("leaf"));
  auto member = with_list(leaf, std::move(*facts), std::move(list->value));
  if (member && !member->list.contains(member->device)) {
    return fail(ErrorCode::kUntrusted, "leaf: the device is not in its account's list");
  }
  return member;
}

std::vector<Placed> members_of(const mls::RatchetTree& tree, const AccountKey& account) {
  std::vector<Placed> found;
  for (const mls::LeafIndex index : tree.members()) {
    const mls::LeafNode* leaf = tree.leaf(index);
    if (!is_of(*leaf, account)) continue;
    if (auto member = read_member(*leaf)) found.push_back({index, std::move(*member)});
  }
  return found;
}

std::uint64_t highest_list_version(const std::vector<Placed>& members) {
  std::uint64_t highest = 0;
  for (const Placed& m : members) highest = std::max(highest, m.member.list.version);
  return highest;
}

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

}  // namespace xom::admission
