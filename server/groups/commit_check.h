// What the node judges about a commit before it orders it: everything that needs no secret (RFC
// 9420 in PublicGroup, Xóm's rules in GroupPolicy), and that the bundle's parts belong together.
// What it cannot check: membership and confirmation tags, path ciphertexts, the inside of Welcomes.
#pragma once

#include <vector>

#include "client.pb.h"
#include "protocol/mls/public_group.h"
#include "server/caller.h"
#include "server/groups/roster.h"

namespace xom::server {

struct CheckedCommit {
  Epoch epoch{0};                  // that it ends
  std::vector<Member> added;       // their start is set when the commit has its number
  std::vector<DeviceKey> removed;  // with devices that their account no longer lists
  bool reentry = false;            // by an external commit: the voucher was counted before
  mls::PublicGroup after;

  // One id for each leaf that came in by it.
  [[nodiscard]] std::vector<StatementId> vouchers() const;
};

// Pure. `now`: a committer's time must be near it, since vouchers are judged by that time. Errors:
// kMalformed, kTooLarge, kBadSignature, kStaleEpoch (detail: the present epoch), kNotPermitted
// (sender, proposals), those of GroupPolicy, kAlreadyExists (device is in the group).
[[nodiscard]] Result<CheckedCommit> check_commit(const mls::PublicGroup& before,
                                                 const Caller& caller,
                                                 const wire::CommitBundle& bundle, TimeMs now);

// What an accepted commit makes of the group, judged by its own bytes alone; for entries that are
// handed back.
[[nodiscard]] Result<CheckedCommit> replay_commit(const mls::PublicGroup& before, ByteView commit);

// A group's beginning: one leaf, of this account and device, with the rules of this node's
// authority for the unit, and a key by which a member that cannot follow could come in again.
// kMalformed, kBadSignature, kUntrusted.
[[nodiscard]] Result<mls::PublicGroup> check_first_group_info(const LogId& group,
                                                              const Caller& creator,
                                                              const NodeId& authority,
                                                              std::string_view unit,
                                                              ByteView group_info);

// The ids of the vouchers that a commit carries, in its order; nothing is verified.
[[nodiscard]] std::vector<StatementId> vouchers_in(ByteView commit);

}  // namespace xom::server
