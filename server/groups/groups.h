// The delivery service of MLS groups (RFC 9420): orders messages and commits, one commit per epoch,
// routes Welcomes, keeps the newest GroupInfo, knows who may read and write. It sees no plaintext.
#pragma once

#include <optional>
#include <vector>

#include "client.pb.h"
#include "protocol/trust/refusal.h"
#include "protocol/trust/verifier.h"
#include "protocol/trust/voucher.h"
#include "server/caller.h"
#include "server/clock.h"
#include "server/groups/commit_check.h"
#include "server/groups/undo.h"
#include "storage/log_store.h"

namespace xom::server {

struct Committed {
  storage::Appended entry;
  std::vector<DeviceKey> removed;  // may read no more
};
struct GroupOfDevice {
  LogId group;
  std::string unit;
};

class Groups {
 public:
  Groups(storage::Engine& engine, storage::LogStore& store, const trust::Verifier& verifier,
         const Clock& clock, NodeId self, NodeKey node_key);

  // By the holder of an office of this node for the unit. kNotPermitted, kNotFound (no such unit),
  // kAlreadyExists (unless it is the creator's own retry), kMalformed (GroupInfo).
  [[nodiscard]] storage::Awaitable<Result<storage::Appended>> create(Caller caller,
                                                                     wire::CreateGroup request);
  // A member's application message at the present epoch. kNotPermitted, kStaleEpoch, kEntryGap,
  // kTooLarge, kMalformed.
  [[nodiscard]] storage::Awaitable<Result<storage::Appended>> append(Caller caller,
                                                                     wire::Append request);
  // A member's commit with all that belongs to it, all or nothing. Errors of check_commit;
  // kStaleEpoch (somebody else's commit was first), kSpent (voucher).
  [[nodiscard]] storage::Awaitable<Result<Committed>> commit(Caller caller,
                                                             wire::CommitBundle request);
  // A member's word against the newest commit, which is taken back with it: `removed` came in by
  // that commit. kNotPermitted (no member before and after it, or its committer), kStaleEpoch (not
  // the newest commit any more, or another account than its committer's wrote since; detail:
  // present epoch), kRateLimited (for the account; detail: ms until the next), kUntrusted,
  // kBadSignature, kMalformed.
  [[nodiscard]] storage::Awaitable<Result<Committed>> refuse(Caller caller, wire::Refuse request);
  // The GroupInfo of the present epoch, for a member who re-enters. kNotPermitted, kUnavailable
  // (this node lost it; the next commit brings one).
  [[nodiscard]] storage::Awaitable<Result<wire::GroupInfoIs>> group_info(
      Caller caller, wire::GetGroupInfo request);
  // The request of a voucher's holder to be added, for the members to see. kSpent (detail: when),
  // kExpired, kUntrusted, kAlreadyExists (is a member), kRateLimited (too many requests with one
  // voucher).
  [[nodiscard]] storage::Awaitable<Result<storage::Appended>> join(Caller caller,
                                                                   wire::Join request);

  // Is a verified voucher good for this account now: group here, inviter in it, not expired, not
  // spent by others?
  [[nodiscard]] storage::Awaitable<Result<void>> check_voucher(trust::VerifiedVoucher voucher,
                                                               AccountKey account);
  // Where this device begins to read. kNotPermitted: it is no member, or there is no such group.
  [[nodiscard]] storage::Awaitable<Result<Cursor>> start_of(LogId group, DeviceKey device);
  [[nodiscard]] storage::Awaitable<Result<std::vector<GroupOfDevice>>> groups_of(DeviceKey device);
  // Entries that this node has lost, handed back by a reader: signed by this node, they are its own
  // word. Members, epoch and what was used of vouchers are made again from the commits among them.
  // Answers with the devices that may read no more.
  [[nodiscard]] storage::Awaitable<Result<std::vector<DeviceKey>>> restore(
      LogId group, std::vector<storage::LogEntry> entries);

 private:
  [[nodiscard]] Result<void> may_lead(const AccountKey& account, const std::string& unit) const;
  storage::Awaitable<Result<storage::Appended>> first_entry(LogId group, DeviceKey creator);
  storage::Awaitable<Result<bool>> is_retry(LogId group, DeviceKey device, EntryId entry_id);
  storage::Awaitable<Result<Committed>> try_commit(Caller caller, LogId group,
                                                   const wire::CommitBundle& request);
  // What was spent when, if the policy found a voucher of this commit spent.
  storage::Awaitable<Result<void>> tell_when_spent(LogId group, const wire::CommitBundle& request,
                                                   Error refusal);
  static void put_voucher_uses(const LogId& group, const VoucherUses& uses,
                               storage::AppendOperation& operation);
  storage::Awaitable<Result<Committed>> try_refuse(Caller caller, LogId group,
                                                   const wire::Refuse& request);
  // The newest commit, if this refusal by this device may take it back as long as it is open.
  storage::Awaitable<Result<Undo>> commit_to_undo(const trust::Refusal& refusal, DeviceKey device);
  storage::Awaitable<Result<void>> count_refusal(LogId group, AccountKey account,
                                                 storage::AppendOperation& operation);
  [[nodiscard]] storage::AppendOperation bundle_of(Caller caller, LogId group,
                                                   const wire::CommitBundle& request,
                                                   const mls::PublicGroup& before,
                                                   const CheckedCommit& change, Undo undo) const;

  storage::Engine& engine_;
  storage::LogStore& store_;
  const trust::Verifier& verifier_;
  const Clock& clock_;
  NodeId self_;
  NodeKey node_key_;
};

}  // namespace xom::server
