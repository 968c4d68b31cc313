// Leaves as Xóm sees them: an account, one of its devices, and the list that names the device
// (RULES, "Accounts, devices, re-entry").
#pragma once

#include "protocol/admission/facts.h"
#include "protocol/mls/ratchet_tree.h"

namespace xom::admission {

struct Member {
  AccountKey account;
  DeviceKey device;
  trust::DeviceList list;
  std::optional<StatementId> voucher;
};

// Shape only: the list's signature was verified when the leaf came in. kMalformed.
[[nodiscard]] Result<Member> read_member(const mls::LeafNode& leaf);
// And the rules for a leaf that comes in: its list is signed by the credential's account and
// contains its signature key. kBadSignature, kUntrusted. One signature verification.
[[nodiscard]] Result<Member> verify_member(const mls::LeafNode& leaf);

// Members of an account, by leaf, ascending.
struct Placed {
  mls::LeafIndex index{0};
  Member member;
};
[[nodiscard]] std::vector<Placed> members_of(const mls::RatchetTree& tree,
                                             const AccountKey& account);
// 0: the account is not in the tree.
[[nodiscard]] std::uint64_t highest_list_version(const std::vector<Placed>& members);

}  // namespace xom::admission
