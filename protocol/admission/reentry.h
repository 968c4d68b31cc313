// RULES, "Accounts, devices, re-entry": a device whose state cannot go on enters its group again.
#pragma once

#include <span>

#include "protocol/mls/group.h"

namespace xom::admission {

struct Reentry {
  // The newest state that this device could make; null: it has none, and `commits` is not looked
  // at.
  const mls::PublicGroup* base = nullptr;
  // MLSMessage(PublicMessage): all commits that were accepted since, in order. Nothing is opened,
  // all that is public is checked.
  std::span<const ByteView> commits;
  ByteView identity;
  mls::Extensions leaf_extensions;  // keep the old leaf's voucher
  Bytes authenticated_data;
};

// An external commit that takes the place of the signer's own leaf in the group that `info` shows.
// With a base, that group is exactly the one that the commits lead to, so that nobody is led into
// an invented one. Without it the caller judges the result before the commit leaves, as it judges
// what a Welcome leads into (check_entered(), and who leads).
// kStaleEpoch: `info` is older (detail: the epoch that the commits lead to); kUnavailable: newer,
// commits are missing (detail: its epoch); kNotFound: no leaf of this device is in it; kMalformed:
// another group; the errors of PublicGroup::stage(), Group::join_external() and of the policy,
// which judges the commits and the own one.
[[nodiscard]] Result<mls::Group::Joined> reenter(const mls::GroupInfo& info, const Reentry& reentry,
                                                 const mls::Policy& policy, mls::Signed by);

}  // namespace xom::admission
