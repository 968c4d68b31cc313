// What a group was, made again from entries that a reader hands back.
#include <map>

#include "federation/frames.h"
#include "protocol/trust/entry_header.h"
#include "server/groups/groups.h"
#include "server/groups/keys.h"
#include "server/text.h"
#include "storage/record.h"

namespace xom::server {

using storage::Awaitable;

namespace {

// A group while its entries are read again: what the node holds, then what each entry makes of it.
struct Replayed {
  std::optional<mls::PublicGroup> known;  // as stored
  std::optional<mls::PublicGroup> current;
  std::optional<mls::PublicGroup> before;  // the newest commit, while it can be taken back
  std::optional<Undo> undo;
  std::optional<Seq> undo_used;  // by this entry
  std::string group_info;        // of `current`; empty: not known
  Roster roster;
  std::uint64_t generation = 0;
  Seq began{0};                       // with this entry
  std::optional<AccountKey> open_by;  // storage::LogState
  VoucherUses uses;
  storage::Batch batch;

  void seat(Member member) {
    std::erase_if(roster.members, [&](const Member& m) { return m.device == member.device; });
    roster.members.push_back(std::move(member));
  }
  // Of a device that is in the group.
  [[nodiscard]] std::optional<AccountKey> account_of(const DeviceKey& device) const {
    const Member* member = roster.find(device);
    return member == nullptr ? std::nullopt : std::optional(member->account);
  }
  void unseat(const DeviceKey& device) {
    std::erase_if(roster.members, [&](const Member& m) { return m.device == device; });
  }
};

Awaitable<Result<Replayed>> load(storage::Engine& engine, LogId group) {
  Replayed state;
  auto stored = co_await load_public_group(engine, group);
  if (!stored && stored.error().code != ErrorCode::kNotFound)
    co_return std::unexpected(stored.error());
  if (!stored) co_return state;
  state.known.emplace(std::move(*stored));
  state.current = state.known;
  auto roster = co_await load_roster(engine, group);
  if (!roster) co_return std::unexpected(roster.error());
  state.roster = std::move(*roster);
  std::string key = keys::group_info(group);
  auto info = co_await engine.get(std::move(key));
  if (!info) co_return std::unexpected(info.error());
  state.group_info = std::move(*info).value_or(std::string());
  auto undo = co_await load_undo(engine, group);
  if (!undo) co_return std::unexpected(undo.error());
  if (!*undo) co_return state;
  auto before = co_await load_public_group(engine, group, (*undo)->state);
  if (!before) co_return std::unexpected(before.error());
  state.before.emplace(std::move(*before));
  state.undo = std::move(*undo);
  co_return state;
}

Result<void> created(Replayed& state, const LogId& group, const NodeId& self,
                     const storage::LogEntry& entry) {
  const ByteView payload = entry.payload;
  wire::GroupCreated created;
  if (!created.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
    return fail(ErrorCode::kMalformed, "the first entry of a group cannot be read");
  auto device = fixed_field<DeviceKey>(created.creator(), "creator");
  auto account = fixed_field<AccountKey>(created.account(), "account of the creator");
  if (!device) return std::unexpected(device.error());
  if (!account) return std::unexpected(account.error());
  const Caller creator{*account, *device};
  auto first =
      check_first_group_info(group, creator, self, created.unit(), view_of(created.group_info()));
  if (!first) return std::unexpected(first.error());
  state.current.emplace(std::move(*first));
  state.seat(Member{*device, *account, 0, Cursor{}, std::nullopt});
  record::Group record;
  record.set_unit(created.unit());
  record.set_creator(created.creator());
  record.set_account(created.account());
  state.batch.puts.emplace_back(keys::group(group), storage::encode_record(record));
  state.group_info = created.group_info();
  state.generation = 0;
  state.began = entry.seq;
  return {};
}

Awaitable<Result<void>> committed(storage::Engine& engine, Replayed& state, LogId group,
                                  const storage::LogEntry& entry, Cursor at, TimeMs time) {
  if (!state.current) co_return fail(ErrorCode::kMalformed, "a commit before the beginning");
  auto change = replay_commit(*state.current, entry.payload);
  if (!change) co_return std::unexpected(change.error());
  Undo undo = undo_of(group, *state.current, state.roster, *change, entry.writer, entry.payload);
  undo.seq = entry.seq;
  undo.group_info = std::exchange(state.group_info, {});  // entries do not hold the next
  undo.began = std::exchange(state.began, entry.seq);
  const std::vector<StatementId> vouchers = change->vouchers();
  auto counted = co_await count_leaves(engine, group, vouchers, time, state.uses);
  if (!counted) co_return std::unexpected(counted.error());
  for (const DeviceKey& device : change->removed) state.unseat(device);
  for (Member member : change->added) {
    const Member* seat = state.roster.find(member.device);
    member.start = seat == nullptr ? at : seat->start;
    state.seat(std::move(member));
  }
  state.generation = raw(change->epoch) + 1;
  state.open_by = state.account_of(entry.writer);
  state.before = std::move(state.current);
  state.current.emplace(std::move(change->after));
  state.undo = std::move(undo);
  co_return Result<void>();
}

Awaitable<Result<void>> taken_back(storage::Engine& engine, Replayed& state, LogId group,
                                   const storage::LogEntry& entry) {
  auto refusal = trust::verify_refusal(entry.payload, entry.writer);
  if (!refusal) co_return std::unexpected(refusal.error());
  if (!state.undo || !state.before || state.undo->commit != refusal->commit)
    co_return fail(ErrorCode::kMalformed, "a refusal of another commit than the newest");
  const Undo undo = std::move(*state.undo);
  auto uncounted = co_await uncount_leaves(engine, group, undo.vouchers, state.uses);
  if (!uncounted) co_return std::unexpected(uncounted.error());
  for (const DeviceKey& device : undo.newcomers()) state.unseat(device);
  for (const Member& member : undo.seats) state.seat(member);
  state.generation = raw(undo.epoch);
  state.open_by.reset();
  state.began = undo.began;
  state.current = std::move(state.before);
  state.before.reset();
  state.undo.reset();
  state.undo_used = entry.seq;
  state.group_info = undo.group_info;
  co_return Result<void>();
}

// What differs from what is stored.
void put(storage::Batch& batch, const LogId& group, const Roster& before, const Replayed& state) {
  for (const Member& member : before.members) {
    if (state.roster.find(member.device) == nullptr) delete_member(batch, group, member.device);
  }
  for (const Member& member : state.roster.members) {
    const Member* was = before.find(member.device);
    if (was == nullptr || encode_member(*was) != encode_member(member))
      put_member(batch, group, member);
  }
  for (const auto& [voucher, count] : state.uses)
    batch.puts.emplace_back(keys::voucher_use(group, voucher), storage::encode_record(count.use));
  if (state.current)
    put_public_group(batch, group, *state.current, state.known ? &*state.known : nullptr);
  if (state.undo)
    batch.puts.emplace_back(keys::undo(group), state.undo->encode());
  else if (state.undo_used)
    batch.puts.emplace_back(keys::undo(group), used_undo(*state.undo_used));
  if (!state.group_info.empty())
    batch.puts.emplace_back(keys::group_info(group), state.group_info);
  else
    batch.deletes.push_back(keys::group_info(group));
}

}  // namespace

Awaitable<Result<std::vector<DeviceKey>>> Groups::restore(LogId group,
                                                          std::vector<storage::LogEntry> entries) {
  auto log = co_await store_.state(group);
  if (!log) co_return std::unexpected(log.error());
  auto state = co_await load(engine_, group);
  if (!state) co_return std::unexpected(state.error());
  const Roster before = state->roster;
  state->generation = log->generation;
  state->began = log->generation_began;
  state->open_by = log->open_by;
  Cursor at = log->head;
  for (const auto& entry : entries) {
    if (entry.seq <= at.seq) continue;
    auto checked = trust::check_entry(group, at, federation::view_of_entry(entry), node_key_);
    if (!checked) co_return std::unexpected(checked.error());
    at = Cursor{checked->header.seq, checked->hash};
    const TimeMs time = checked->header.time;
    Result<void> done;
    if (entry.kind == wire::GROUP_CREATED) done = created(*state, group, self_, entry);
    if (entry.kind == wire::APPLICATION && state->account_of(entry.writer) != state->open_by)
      state->open_by.reset();
    if (entry.kind == wire::COMMIT)
      done = co_await committed(engine_, *state, group, entry, at, time);
    if (entry.kind == wire::REFUSAL) done = co_await taken_back(engine_, *state, group, entry);
    if (!done) co_return std::unexpected(done.error());
  }
  put(state->batch, group, before, *state);
  // Entries and members in one: two clients may hand back at once, and the node may die at any
  // moment.
  storage::VerbatimExtras extras;
  extras.generation = state->generation;
  extras.generation_began = state->began;
  extras.open_by = state->open_by;
  extras.expected_head = log->head;
  extras.puts = std::move(state->batch.puts);
  extras.deletes = std::move(state->batch.deletes);
  auto restored = co_await store_.append_verbatim(group, std::move(entries), std::move(extras));
  if (!restored) co_return std::unexpected(restored.error());
  std::vector<DeviceKey> removed;
  for (const Member& member : before.members) {
    if (state->roster.find(member.device) == nullptr) removed.push_back(member.device);
  }
  co_return removed;
}

}  // namespace xom::server
