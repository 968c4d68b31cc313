// Commits of the groups service, and what is made again from them.
#include <map>

#include "federation/frames.h"
#include "protocol/trust/entry_header.h"
#include "protocol/trust/log_ids.h"
#include "server/groups/groups.h"
#include "server/groups/keys.h"
#include "server/groups/public_state.h"
#include "server/text.h"
#include "storage/record.h"

namespace xom::server {

using storage::Appended;
using storage::Awaitable;

namespace {

// Voucher records are touched by requests to join at the same moment.
constexpr int kAttempts = 4;

using VoucherUses = std::map<StatementId, record::VoucherUse>;

Awaitable<Result<void>> count_leaf(storage::Engine& engine, LogId group, StatementId voucher,
                                   TimeMs time, VoucherUses& uses) {
  auto at = uses.find(voucher);
  if (at == uses.end()) {
    auto held = co_await load_voucher_use(engine, group, voucher);
    if (!held) co_return std::unexpected(held.error());
    at = uses.emplace(voucher, std::move(*held)).first;
  }
  at->second.set_leaves(at->second.leaves() + 1);
  at->second.set_time(raw(time));
  co_return Result<void>();
}

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
    auto before = co_await load_public_group(engine_, group);
    if (!before) co_return std::unexpected(before.error());
    auto change = check_commit(*before, caller, request, clock_.now());
    if (!change && change.error().code == ErrorCode::kSpent) {
      Error refusal = change.error();
      auto told = co_await tell_when_spent(group, request, std::move(refusal));
      co_return std::unexpected(told.error());
    }
    if (!change) co_return std::unexpected(change.error());
    operation = bundle_of(caller, group, request, *before, *change);
    auto spent = co_await spend_vouchers(group, *change, operation);
    if (!spent) co_return std::unexpected(spent.error());
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
                                           const CheckedCommit& change) const {
  storage::AppendOperation operation;
  operation.parts.emplace_back();
  auto& commit = operation.parts.back();
  commit.log = group;
  commit.expected_generation = raw(change.epoch);
  commit.next_generation = raw(change.epoch) + 1;
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
  operation.finish = [group, added = change.added](const std::vector<Appended>& results,
                                                   storage::Batch& batch) {
    const auto hash = trust::header_hash(results.front().header);
    for (Member member : added) {
      member.start.seq = results.front().seq;
      if (hash) member.start.hash = *hash;  // our own header, just made
      put_member(batch, group, member);
    }
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
Awaitable<Result<void>> Groups::spend_vouchers(LogId group, const CheckedCommit& change,
                                               storage::AppendOperation& operation) {
  VoucherUses uses;
  for (const Member& member : change.added) {
    if (!member.voucher) continue;
    const StatementId voucher = *member.voucher;
    auto counted = co_await count_leaf(engine_, group, voucher, clock_.now(), uses);
    if (!counted) co_return counted;
  }
  for (const auto& [voucher, use] : uses) {
    std::string key = keys::voucher_use(group, voucher);
    auto value = co_await engine_.get(key);
    if (!value) co_return std::unexpected(value.error());
    operation.preconditions.push_back({key, *value});
    operation.puts.emplace_back(std::move(key), storage::encode_record(use));
  }
  co_return Result<void>();
}

Awaitable<Result<void>> Groups::restore(LogId group, std::vector<storage::LogEntry> entries) {
  auto state = co_await store_.state(group);
  if (!state) co_return std::unexpected(state.error());
  std::optional<mls::PublicGroup> known;
  auto stored = co_await load_public_group(engine_, group);
  if (stored) {
    known.emplace(std::move(*stored));
  } else if (stored.error().code != ErrorCode::kNotFound) {
    co_return std::unexpected(stored.error());
  }
  std::optional<mls::PublicGroup> current = known;
  Cursor at = state->head;
  std::optional<std::uint64_t> generation;
  storage::Batch batch;
  VoucherUses uses;
  for (const auto& entry : entries) {
    if (entry.seq <= at.seq) continue;
    auto checked = trust::check_entry(group, at, federation::view_of_entry(entry), node_key_);
    if (!checked) co_return std::unexpected(checked.error());
    at = Cursor{checked->header.seq, checked->hash};
    if (entry.kind == wire::GROUP_CREATED) {
      wire::GroupCreated created;
      if (!created.ParseFromArray(entry.payload.data(), static_cast<int>(entry.payload.size())))
        co_return fail(ErrorCode::kMalformed, "the first entry of a group cannot be read");
      auto device = fixed_field<DeviceKey>(created.creator(), "creator");
      auto account = fixed_field<AccountKey>(created.account(), "account of the creator");
      if (!device) co_return std::unexpected(device.error());
      if (!account) co_return std::unexpected(account.error());
      const Caller creator{*account, *device};
      auto first = check_first_group_info(group, creator, self_, created.unit(),
                                          view_of(created.group_info()));
      if (!first) co_return std::unexpected(first.error());
      current.emplace(std::move(*first));
      Member member{*device, *account, 0, Cursor{}, std::nullopt};
      put_member(batch, group, member);
      record::Group record;
      record.set_unit(created.unit());
      record.set_creator(created.creator());
      record.set_account(created.account());
      batch.puts.emplace_back(keys::group(group), storage::encode_record(record));
    }
    if (entry.kind != wire::COMMIT) continue;
    if (!current) co_return fail(ErrorCode::kMalformed, "a commit before the group's beginning");
    auto change = replay_commit(*current, entry.payload);
    if (!change) co_return std::unexpected(change.error());
    current.emplace(change->after);
    generation = raw(change->epoch) + 1;
    for (const DeviceKey& device : change->removed) {
      std::erase_if(batch.puts, [&](const auto& put) {
        return put.first == keys::member(group, device) ||
               put.first == keys::group_of(device, group);
      });
      delete_member(batch, group, device);
    }
    for (Member member : change->added) {
      member.start = at;
      std::erase_if(batch.deletes, [&](const std::string& key) {
        return key == keys::member(group, member.device) ||
               key == keys::group_of(member.device, group);
      });
      put_member(batch, group, member);
      if (!member.voucher) continue;
      const StatementId voucher = *member.voucher;
      const TimeMs time = checked->header.time;
      auto counted = co_await count_leaf(engine_, group, voucher, time, uses);
      if (!counted) co_return counted;
    }
  }
  for (const auto& [voucher, use] : uses)
    batch.puts.emplace_back(keys::voucher_use(group, voucher), storage::encode_record(use));
  if (current) put_public_group(batch, group, *current, known ? &*known : nullptr);
  // Entries and members in one: two clients may hand back at once, and the node may die at any
  // moment.
  storage::VerbatimExtras extras;
  extras.generation = generation;
  extras.expected_head = state->head;
  extras.puts = std::move(batch.puts);
  extras.deletes = std::move(batch.deletes);
  auto restored = co_await store_.append_verbatim(group, std::move(entries), std::move(extras));
  if (!restored) co_return std::unexpected(restored.error());
  co_return Result<void>();
}

}  // namespace xom::server
