// What the node can judge about a commit: framing, epoch, membership, sizes, and that each newcomer
// has a voucher. Signatures and tags inside MLS are checked by every member's client, not here yet
// (ARCHITECTURE.md).
#pragma once

#include <vector>

#include "client.pb.h"
#include "protocol/outline/outline.h"
#include "protocol/trust/voucher.h"
#include "server/caller.h"
#include "server/groups/roster.h"

namespace xom::server {

struct Newcomer {
  Member member;  // its start is set when the commit has its number
  std::uint64_t most_devices =
      0;  // of its voucher; 0: another device of an account that is in the group
};

struct CheckedCommit {
  Epoch epoch{0};  // that it ends
  std::vector<Newcomer> added;
  std::vector<DeviceKey> removed;
};

// The bundle's parts agree with each other and with the roster of the present epoch. Pure. Errors:
// kMalformed, kTooLarge, kNotPermitted (sender, proposals), kUntrusted and kExpired (vouchers,
// RULES), kAlreadyExists (device is in the group).
[[nodiscard]] Result<CheckedCommit> check_commit(const LogId& group, const Roster& roster,
                                                 const Caller& caller,
                                                 const wire::CommitBundle& bundle);

// What an accepted commit does to the roster, and by which vouchers, judged by its own bytes alone;
// for entries that are handed back.
[[nodiscard]] Result<CheckedCommit> replay_commit(const LogId& group, const Roster& roster,
                                                  ByteView commit);

}  // namespace xom::server
