#include "server/sessions/reading.h"

#include <algorithm>

#include "protocol/trust/entry_header.h"
#include "protocol/trust/log_ids.h"
#include "server/limits.h"
#include "server/text.h"

namespace xom::server {

using storage::Awaitable;

namespace {

// A reader of a group asks for entries of before it came in.
std::unexpected<Error> too_early(const Cursor& start) {
  return fail(ErrorCode::kTrimmed, "this reader begins later", raw(start.seq) + 1);
}

}  // namespace

Awaitable<Result<Cursor>> Reading::start_of(const Peer& peer, LogId log) {
  if (services_.channels.is_public(log)) co_return Cursor{};
  if (!peer.caller) co_return fail(ErrorCode::kUnauthenticated, "log in first");
  if (log == trust::inbox_log(peer.caller->device)) co_return Cursor{};
  auto start = co_await services_.groups.start_of(log, peer.caller->device);
  co_return start;
}

Awaitable<Result<std::optional<Cursor>>> Reading::held_from(LogId log, Seq at,
                                                            storage::LogState state) {
  if (raw(state.first) <= raw(at) + 1) co_return std::optional<Cursor>();
  Seq before{raw(state.first) - 1};
  while (before < state.head.seq) {
    auto first = co_await services_.store.read(log, before, 1, 1);
    if (!first && first.error().code == ErrorCode::kTrimmed) {
      before = Seq{first.error().detail - 1};  // a trim went on meanwhile
      continue;
    }
    if (!first) co_return std::unexpected(first.error());
    if (first->empty()) break;
    auto statement = trust::Statement::decode(first->front().header);
    if (!statement) co_return std::unexpected(statement.error());
    auto header = trust::EntryHeader::decode_body(statement->body);
    if (!header) co_return std::unexpected(header.error());
    co_return std::optional<Cursor>(Cursor{before, header->previous});
  }
  co_return std::optional<Cursor>(state.head);
}

Awaitable<Result<wire::Opened>> Reading::open(const Peer& peer, Subscriber& subscriber,
                                              wire::Open request) {
  auto log = fixed_field<LogId>(request.log(), "log");
  if (!log) co_return std::unexpected(log.error());
  auto start = co_await start_of(peer, *log);
  if (!start) co_return std::unexpected(start.error());
  const bool was_open = services_.hub.subscribed(*log, subscriber);
  if (!was_open && subscriber.subscriptions() >= limits::kOpenLogs)
    co_return fail(ErrorCode::kTooLarge, "too many open logs", limits::kOpenLogs);
  // Before the state is read, so that no entry falls between the answer and the first push.
  services_.hub.subscribe(*log, subscriber);
  // And the right to read once more: who lost it meanwhile was no subscriber yet.
  start = co_await start_of(peer, *log);
  auto state = co_await services_.store.state(*log);
  Result<void> good;
  if (!state)
    good = std::unexpected(state.error());
  else if (!start)
    good = std::unexpected(start.error());
  Seq at = start ? start->seq : Seq{0};
  if (good && request.has_cursor()) {
    auto cursor = federation::cursor_from(request.cursor());
    if (!cursor)
      good = std::unexpected(cursor.error());
    else if (cursor->seq < start->seq)
      good = too_early(*start);
    else
      good = co_await services_.store.check_cursor(*log, *cursor);
    if (cursor) at = cursor->seq;
  }
  Result<std::optional<Cursor>> held;
  if (good) held = co_await held_from(*log, at, *state);
  if (!held) good = std::unexpected(held.error());
  Result<EntryId> last = EntryId{0};
  if (good && peer.caller) last = co_await services_.store.last_entry_id(*log, peer.caller->device);
  if (good && !last) good = std::unexpected(last.error());
  if (!good) {
    if (!was_open || !start) services_.hub.unsubscribe(*log, subscriber);
    co_return std::unexpected(good.error());
  }
  wire::Opened opened;
  opened.set_log(request.log());
  federation::put_cursor(*opened.mutable_start(), *start);
  if (*held) federation::put_cursor(*opened.mutable_held(), **held);
  federation::put_cursor(*opened.mutable_head(), state->head);
  opened.set_last_entry_id(raw(*last));
  opened.set_epoch(state->generation);
  opened.set_signed_head(string_of(services_.channels.signed_head(*log)));
  co_return opened;
}

Awaitable<Result<wire::Entries>> Reading::fetch(const Peer& peer, wire::Fetch request) {
  auto log = fixed_field<LogId>(request.log(), "log");
  if (!log) co_return std::unexpected(log.error());
  auto start = co_await start_of(peer, *log);
  if (!start) co_return std::unexpected(start.error());
  if (request.after() < raw(start->seq)) co_return too_early(*start);
  std::size_t limit = limits::kPageEntries;
  if (request.limit() != 0) limit = std::min<std::size_t>(limit, request.limit());
  auto page = co_await services_.store.read(*log, Seq{request.after()}, limit, limits::kPageBytes);
  if (!page) co_return std::unexpected(page.error());
  auto state = co_await services_.store.state(*log);
  if (!state) co_return std::unexpected(state.error());
  wire::Entries entries;
  entries.set_log(request.log());
  for (const auto& entry : *page) *entries.add_entries() = federation::to_wire(entry);
  federation::put_cursor(*entries.mutable_head(), state->head);
  entries.set_signed_head(string_of(services_.channels.signed_head(*log)));
  co_return entries;
}

Awaitable<Result<void>> Reading::restore(const Peer& peer, wire::Restore request) {
  auto log = fixed_field<LogId>(request.log(), "log");
  if (!log) co_return std::unexpected(log.error());
  if (static_cast<std::size_t>(request.entries_size()) > limits::kPageEntries)
    co_return fail(ErrorCode::kTooLarge, "more entries than a page holds", limits::kPageEntries);
  std::vector<storage::LogEntry> entries;
  for (const wire::Entry& item : request.entries()) {
    auto entry = federation::from_wire(item);
    if (!entry) co_return std::unexpected(entry.error());
    entries.push_back(std::move(*entry));
  }
  if (services_.channels.is_public(*log)) {
    auto restored = co_await services_.channels.restore(*log, std::move(entries));
    co_return restored;
  }
  if (!peer.caller) co_return fail(ErrorCode::kUnauthenticated, "log in first");
  auto removed = co_await services_.groups.restore(*log, std::move(entries));
  if (!removed) co_return std::unexpected(removed.error());
  for (const DeviceKey& device : *removed) services_.hub.revoke(*log, device);
  co_return Result<void>();
}

Result<void> Reading::close(Subscriber& subscriber, const wire::Close& request) {
  auto log = fixed_field<LogId>(request.log(), "log");
  if (!log) return std::unexpected(log.error());
  services_.hub.unsubscribe(*log, subscriber);
  return {};
}

Awaitable<Result<wire::Logs>> Reading::list(const Peer& peer) {
  wire::Logs logs;
  const auto add = [&](const LogId& log, wire::LogKind kind, const NodeId& node) {
    wire::LogInfo& info = *logs.add_logs();
    info.set_log(string_of(log.view()));
    info.set_kind(kind);
    info.set_node(string_of(node.view()));
  };
  for (const auto& offered : services_.channels.logs())
    add(offered.log, offered.kind, offered.node);
  if (peer.caller) {
    add(trust::inbox_log(peer.caller->device), wire::INBOX, services_.node_id);
    auto groups = co_await services_.groups.groups_of(peer.caller->device);
    if (!groups) co_return std::unexpected(groups.error());
    for (const GroupOfDevice& group : *groups) {
      add(group.group, wire::GROUP, services_.node_id);
      logs.mutable_logs()->rbegin()->set_unit(group.unit);
    }
  }
  for (wire::LogInfo& info : *logs.mutable_logs()) {
    auto log = LogId::from(view_of(info.log()));
    if (!log) co_return std::unexpected(log.error());
    auto state = co_await services_.store.state(*log);
    if (!state) co_return std::unexpected(state.error());
    federation::put_cursor(*info.mutable_head(), state->head);
  }
  co_return logs;
}

}  // namespace xom::server
