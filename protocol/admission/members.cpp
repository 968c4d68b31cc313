#include "protocol/admission/members.h"

#include <algorithm>

#include "protocol/base/rule.h"

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

}  // namespace xom::admission
