// Refusals of the groups service: a commit that a member cannot follow is taken back (undo.h).
#include <algorithm>

#include "server/groups/groups.h"
#include "server/groups/keys.h"
#include "server/limits.h"
#include "server/text.h"
#include "storage/record.h"

namespace xom::server {

using storage::Appended;
using storage::Awaitable;

namespace {

// Voucher records are touched by requests to join at the same moment.
constexpr int kAttempts = 4;

}  // namespace

Awaitable<Result<Committed>> Groups::refuse(Caller caller, wire::Refuse request) {
  auto group = fixed_field<LogId>(request.group(), "group");
  if (!group) co_return std::unexpected(group.error());
  if (request.entry_id() == 0) co_return fail(ErrorCode::kMalformed, "entry ids begin with 1");
  auto member = co_await load_member(engine_, *group, caller.device);
  if (!member) co_return std::unexpected(member.error());
  if (!*member) co_return fail(ErrorCode::kNotPermitted, "not a member of this group");
  const Caller refuser{(*member)->account, caller.device};
  for (int attempt = 1;; ++attempt) {
    auto refused = co_await try_refuse(refuser, *group, request);
    const bool lost = !refused && refused.error().code == ErrorCode::kConflict;
    if (!lost || attempt == kAttempts) co_return refused;
  }
}

Awaitable<Result<Committed>> Groups::try_refuse(Caller caller, LogId group,
                                                const wire::Refuse& request) {
  storage::AppendOperation operation;
  operation.parts.emplace_back();
  auto& part = operation.parts.back();
  part.log = group;
  part.entry.kind = wire::REFUSAL;
  part.entry.writer = caller.device;
  part.entry.entry_id = EntryId{request.entry_id()};
  part.entry.payload = bytes_of(request.refusal());
  Committed result;
  auto repeated = co_await is_retry(group, caller.device, EntryId{request.entry_id()});
  if (!repeated) co_return std::unexpected(repeated.error());
  if (!*repeated) {
    auto refusal = trust::verify_refusal(view_of(request.refusal()), caller.device);
    if (!refusal) co_return std::unexpected(refusal.error());
    if (refusal->group != group)
      co_return fail(ErrorCode::kMalformed, "the refusal is of another group");
    auto state = co_await store_.state(group);
    if (!state) co_return std::unexpected(state.error());
    auto undo = co_await commit_to_undo(*refusal, caller.device);
    if (!undo && undo.error().code == ErrorCode::kStaleEpoch)
      co_return fail(ErrorCode::kStaleEpoch, undo.error().message, state->generation);
    if (!undo) co_return std::unexpected(undo.error());
    // The epoch that this very commit began, and nobody has gone on from it.
    part.expected_began = undo->seq;
    part.expected_open = true;
    part.expected_generation = raw(undo->epoch) + 1;
    part.next_generation = raw(undo->epoch);
    part.next_began = undo->began;
    storage::Batch batch;
    put_back(batch, group, *undo);
    operation.puts = std::move(batch.puts);
    operation.deletes = std::move(batch.deletes);
    VoucherUses uses;
    auto uncounted = co_await uncount_leaves(engine_, group, undo->vouchers, uses);
    if (!uncounted) co_return std::unexpected(uncounted.error());
    put_voucher_uses(group, uses, operation);
    operation.finish = [group](const std::vector<Appended>& results, storage::Batch& more) {
      more.puts.emplace_back(keys::undo(group), used_undo(results.front().seq));
    };
    auto counted = co_await count_refusal(group, caller.account, operation);
    if (!counted) co_return std::unexpected(counted.error());
    result.removed = undo->newcomers();
  }
  auto appended = co_await store_.append(std::move(operation));
  if (!appended) co_return std::unexpected(appended.error());
  result.entry = std::move(appended->front());
  co_return result;
}

Awaitable<Result<Undo>> Groups::commit_to_undo(const trust::Refusal& refusal, DeviceKey device) {
  auto undo = co_await load_undo(engine_, refusal.group);
  if (!undo) co_return std::unexpected(undo.error());
  if (!*undo || (*undo)->epoch != refusal.epoch || (*undo)->commit != refusal.commit)
    co_return fail(ErrorCode::kStaleEpoch, "not the newest commit of the group");
  const Undo& newest = **undo;
  // A member before the commit and after it. Whoever has neither seat nor place by the commit has
  // kept the place that they had.
  const bool before_and_after = newest.had_seat(device) == newest.let_in(device);
  if (device == newest.committer || !before_and_after)
    co_return fail(ErrorCode::kNotPermitted, "a commit is refused by members before and after it");
  co_return std::move(**undo);
}

Awaitable<Result<void>> Groups::count_refusal(LogId group, AccountKey account,
                                              storage::AppendOperation& operation) {
  std::string key = keys::refusals(group, account);
  auto value = co_await engine_.get(key);
  if (!value) co_return std::unexpected(value.error());
  record::Refusals record;
  if (*value) {
    auto held = storage::decode_record<record::Refusals>(**value);
    if (!held) co_return std::unexpected(held.error());
    record = std::move(*held);
  }
  const std::int64_t now = raw(clock_.now());
  const std::int64_t window = limits::kRefusalWindow.count();
  const std::int64_t age = now - record.since();
  if (age < 0 || age >= window) {
    record.set_since(now);
    record.set_count(0);
  }
  if (record.count() >= limits::kRefusals)
    co_return fail(ErrorCode::kRateLimited, "too many refusals by this account",
                   static_cast<std::uint64_t>(record.since() + window - now));
  record.set_count(record.count() + 1);
  operation.preconditions.push_back({key, *value});
  operation.puts.emplace_back(std::move(key), storage::encode_record(record));
  co_return Result<void>();
}

Awaitable<Result<wire::GroupInfoIs>> Groups::group_info(Caller caller, wire::GetGroupInfo request) {
  auto group = fixed_field<LogId>(request.group(), "group");
  if (!group) co_return std::unexpected(group.error());
  auto roster = co_await load_roster(engine_, *group);
  if (!roster) co_return std::unexpected(roster.error());
  if (!roster->has_account(caller.account))
    co_return fail(ErrorCode::kNotPermitted, "not a member of this group");
  std::string key = keys::group_info(*group);
  auto info = co_await engine_.get(std::move(key));
  if (!info) co_return std::unexpected(info.error());
  if (!*info) co_return fail(ErrorCode::kUnavailable, "no GroupInfo: the next commit brings one");
  wire::GroupInfoIs answer;
  answer.set_group(request.group());
  answer.set_group_info(**info);
  co_return answer;
}

}  // namespace xom::server
