// Commits of the groups service.
#include <algorithm>

#include "protocol/trust/entry_header.h"
#include "protocol/trust/log_ids.h"
#include "server/groups/groups.h"
#include "server/groups/keys.h"
#include "server/groups/public_state.h"
#include "server/groups/undo.h"
#include "server/text.h"
#include "storage/record.h"

namespace xom::server {

using storage::Appended;
using storage::Awaitable;

namespace {

// Voucher records are touched by requests to join at the same moment.
constexpr int kAttempts = 4;

}  // namespace

Awaitable<Result<Committed>> Groups::commit(Caller caller, wire::CommitBundle request) {
  auto group = fixed_field<LogId>(request.group(), "group");
  if (!group) co_return std::unexpected(group.error());
  if (request.entry_id() == 0) co_return fail(ErrorCode::kMalformed, "entry ids begin with 1");
  for (int attempt = 1;; ++attempt) {
    auto committed = co_await try_commit(caller, *group, request);
    const bool lost = !committed && committed.error().code == ErrorCode::kConflict;
    if (!lost || attempt == kAttempts) co_return committed;
  }
}

Awaitable<Result<Committed>> Groups::try_commit(Caller caller, LogId group,
                                                const wire::CommitBundle& request) {
  // Read first: whatever changes the group after it makes this attempt a lost race. The epoch alone
  // would not do, since it goes back and comes again.
  std::string newest_key = keys::undo(group);
  auto newest = co_await engine_.get(std::move(newest_key));
  if (!newest) co_return std::unexpected(newest.error());
  // A stranger learns neither epoch nor whether there is such a group. The account counts, not the
  // device: who re-enters may come with a new one.
  auto roster = co_await load_roster(engine_, group);
  if (!roster) co_return std::unexpected(roster.error());
  if (!roster->has_account(caller.account))
    co_return fail(ErrorCode::kNotPermitted, "not a member of this group");
  auto repeated = co_await is_retry(group, caller.device, EntryId{request.entry_id()});
  if (!repeated) co_return std::unexpected(repeated.error());
  storage::AppendOperation operation;
  Committed result;
  if (*repeated) {
    // The store answers with the first result; nothing of this is looked at again.
    operation.parts.emplace_back();
    operation.parts.back().log = group;
    operation.parts.back().entry.kind = wire::COMMIT;
    operation.parts.back().entry.writer = caller.device;
    operation.parts.back().entry.entry_id = EntryId{request.entry_id()};
  } else {
    // The epoch is checked first: who lost the race must hear that, not what the winner's commit
    // made wrong in theirs.
    auto log = co_await store_.state(group);
    if (!log) co_return std::unexpected(log.error());
    const Seq began = log->generation_began;
    if (request.has_began() && raw(began) != 0 && request.began() != raw(began))
      co_return fail(ErrorCode::kStaleEpoch, "another commit was first", log->generation);
    auto before = co_await load_public_group(engine_, group);
    if (!before) co_return std::unexpected(before.error());
    auto change = check_commit(*before, caller, request, clock_.now());
    if (!change && change.error().code == ErrorCode::kSpent) {
      Error refusal = change.error();
      auto told = co_await tell_when_spent(group, request, std::move(refusal));
      co_return std::unexpected(told.error());
    }
    if (!change) co_return std::unexpected(change.error());
    Undo undo = undo_of(group, *before, *roster, *change, caller.device, view_of(request.commit()));
    std::string key = keys::group_info(group);
    auto info = co_await engine_.get(std::move(key));
    if (!info) co_return std::unexpected(info.error());
    undo.group_info = std::move(*info).value_or(std::string());
    undo.began = began;
    operation = bundle_of(caller, group, request, *before, *change, std::move(undo));
    VoucherUses uses;
    const std::vector<StatementId> vouchers = change->vouchers();
    const TimeMs now = clock_.now();
    auto counted = co_await count_leaves(engine_, group, vouchers, now, uses);
    if (!counted) co_return std::unexpected(counted.error());
    put_voucher_uses(group, uses, operation);
    operation.preconditions.push_back({keys::undo(group), std::move(*newest)});
    result.removed = change->removed;
  }
  auto appended = co_await store_.append(std::move(operation));
  if (!appended) co_return std::unexpected(appended.error());
  result.entry = std::move(appended->front());
  co_return result;
}

storage::AppendOperation Groups::bundle_of(Caller caller, LogId group,
                                           const wire::CommitBundle& request,
                                           const mls::PublicGroup& before,
                                           const CheckedCommit& change, Undo undo) const {
  storage::AppendOperation operation;
  operation.parts.emplace_back();
  auto& commit = operation.parts.back();
  commit.log = group;
  commit.expected_generation = raw(change.epoch);
  commit.next_generation = raw(change.epoch) + 1;
  commit.author = caller.account;
  commit.entry.kind = wire::COMMIT;
  commit.entry.writer = caller.device;
  commit.entry.entry_id = EntryId{request.entry_id()};
  commit.entry.payload = bytes_of(request.commit());
  for (const wire::WelcomeTo& to : request.welcomes()) {
    DeviceKey device;
    std::copy(to.device().begin(), to.device().end(),
              device.bytes.begin());  // check_commit has compared it
    operation.parts.emplace_back();
    auto& part = operation.parts.back();
    part.log = trust::inbox_log(device);
    part.entry.kind = wire::WELCOME;
    part.entry.writer.bytes = node_key_.bytes;
    part.make_payload = [group = request.group(),
                         welcome = to.welcome()](const std::vector<Appended>& before) {
      wire::InboxWelcome message;
      message.set_group(group);
      message.set_welcome(welcome);
      message.set_commit_seq(raw(before.front().seq));
      return bytes_of(message.SerializeAsString());
    };
  }
  operation.puts.emplace_back(keys::group_info(group), request.group_info());
  storage::Batch batch;
  put_public_group(batch, group, change.after, &before);
  for (const DeviceKey& device : change.removed) delete_member(batch, group, device);
  operation.deletes = std::move(batch.deletes);
  for (auto& put : batch.puts) operation.puts.push_back(std::move(put));
  operation.finish = [group, added = change.added, undo = std::move(undo)](
                         const std::vector<Appended>& results, storage::Batch& batch) {
    const auto hash = trust::header_hash(results.front().header);
    for (Member member : added) {
      const auto seat = std::ranges::find(undo.seats, member.device, &Member::device);
      // Who re-enters may go on reading where they began.
      if (seat != undo.seats.end()) {
        member.start = seat->start;
      } else {
        member.start.seq = results.front().seq;
        if (hash) member.start.hash = *hash;  // our own header, just made
      }
      put_member(batch, group, member);
    }
    Undo here = undo;
    here.seq = results.front().seq;
    batch.puts.emplace_back(keys::undo(group), here.encode());
  };
  return operation;
}

Awaitable<Result<void>> Groups::tell_when_spent(LogId group, const wire::CommitBundle& request,
                                                Error refusal) {
  for (const StatementId& voucher : vouchers_in(view_of(request.commit()))) {
    auto use = co_await load_voucher_use(engine_, group, voucher);
    if (!use) co_return std::unexpected(use.error());
    if (use->leaves() > 0) refusal.detail = static_cast<std::uint64_t>(use->time());
  }
  co_return std::unexpected(std::move(refusal));
}

// The policy has judged the vouchers by the tree; this counts for those who ask to join, who are
// told when and whether it is worth to ask.
void Groups::put_voucher_uses(const LogId& group, const VoucherUses& uses,
                              storage::AppendOperation& operation) {
  for (const auto& [voucher, count] : uses) {
    std::string key = keys::voucher_use(group, voucher);
    operation.preconditions.push_back({key, count.stored});
    operation.puts.emplace_back(std::move(key), storage::encode_record(count.use));
  }
}

}  // namespace xom::server
