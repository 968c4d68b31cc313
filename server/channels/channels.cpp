#include "server/channels/channels.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "protocol/trust/log_ids.h"
#include "server/channels/keys.h"
#include "storage/keys.h"

namespace xom::server {

using storage::Appended;
using storage::Awaitable;

Channels::Channels(boost::asio::any_io_executor executor, storage::Engine& engine,
                   storage::LogStore& store, trust::Verifier& verifier, Hub& hub,
                   const Clock& clock, NodeId self, const crypto::SigningKey& node_key)
    : engine_(engine),
      store_(store),
      verifier_(verifier),
      hub_(hub),
      clock_(clock),
      self_(self),
      node_key_(node_key),
      official_(trust::official_log(self)),
      posts_(trust::posts_log(self)),
      gate_(std::move(executor)) {}

bool Channels::takes(trust::Kind kind) {
  switch (kind) {
    case trust::Kind::kCertificate:
    case trust::Kind::kUnit:
    case trust::Kind::kAppointment:
    case trust::Kind::kRevocation:
    case trust::Kind::kAlert:
    case trust::Kind::kPost:
      return true;
    default:
      return false;
  }
}

Awaitable<Result<std::optional<Appended>>> Channels::find_placed(LogId log, StatementId id) {
  std::string key = keys::placed(log, id);
  auto value = co_await engine_.get(std::move(key));
  if (!value) co_return std::unexpected(value.error());
  if (!*value) co_return std::optional<Appended>();
  const Seq seq = storage::keys::seq_of_entry_key(**value);
  auto entries = co_await store_.read(log, Seq{raw(seq) - 1}, 1, 1);
  if (!entries) co_return std::unexpected(entries.error());
  if (entries->empty())
    co_return fail(ErrorCode::kInternal, "a statement is not where it was placed");
  Appended placed{log, seq, entries->front().header, true};
  co_return std::optional<Appended>(std::move(placed));
}

Awaitable<Result<Appended>> Channels::submit(Bytes bytes) {
  auto statement = trust::Statement::decode(bytes);
  if (!statement) co_return std::unexpected(statement.error());
  if (!takes(statement->kind))
    co_return fail(ErrorCode::kUnknownKind, "not a statement of the public logs");
  const LogId log = statement->kind == trust::Kind::kPost ? posts_ : official_;
  const StatementId id = statement->id();

  auto pass = co_await gate_.enter();
  auto placed = co_await find_placed(log, id);
  if (!placed) co_return std::unexpected(placed.error());
  if (*placed) co_return std::move(**placed);
  auto verdict = verifier_.check(log, bytes, clock_.now());
  if (!verdict) co_return std::unexpected(verdict.error());
  if (!verdict->official) co_return std::unexpected(*verdict->refusal);

  storage::AppendOperation operation;
  operation.parts.emplace_back();
  auto& part = operation.parts.back();
  part.log = log;
  part.entry.kind = wire::STATEMENT;
  part.entry.writer = node_key_.public_key_as<DeviceKey>();
  part.entry.payload = std::move(bytes);
  std::string key = keys::placed(log, id);
  operation.preconditions.push_back({key, std::nullopt});
  operation.finish = [key](const std::vector<Appended>& results, storage::Batch& batch) {
    batch.puts.emplace_back(key, storage::keys::with_number({}, raw(results.front().seq)));
  };
  auto appended = co_await store_.append(std::move(operation));
  if (!appended) co_return std::unexpected(appended.error());
  co_return std::move(appended->front());
}

Awaitable<Result<void>> Channels::restore(LogId log, std::vector<storage::LogEntry> entries) {
  if (!is_own(log)) co_return fail(ErrorCode::kNotPermitted, "not a log of this node");
  auto pass = co_await gate_.enter();
  Cursor at = verifier_.cursor(log);
  for (const auto& entry : entries) {
    if (entry.seq <= at.seq) continue;
    auto checked = trust::check_entry(log, at, federation::view_of_entry(entry),
                                      node_key_.public_key_as<NodeKey>());
    if (!checked) co_return std::unexpected(checked.error());
    at = Cursor{checked->header.seq, checked->hash};
  }
  auto restored = co_await store_.append_verbatim(log, std::move(entries));
  if (!restored) co_return std::unexpected(restored.error());
  co_return Result<void>();
}

std::vector<federation::OfferedLog> Channels::logs() const {
  auto logs = federation::logs_down_to(verifier_, self_);
  if (logs.empty()) {
    logs.push_back({official_, wire::OFFICIAL, self_});
    logs.push_back({posts_, wire::POSTS, self_});
  }
  return logs;
}

bool Channels::is_public(const LogId& log) const {
  if (is_own(log)) return true;
  const auto all = logs();
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& offered) { return offered.log == log; });
}

void Channels::appended(const LogId& log, const storage::LogEntry& entry) {
  const bool own = is_own(log);
  if (own) {
    auto verdict = verifier_.feed(log, federation::view_of_entry(entry));
    if (!verdict) {
      spdlog::error("an entry of this node's own log cannot be verified: {}",
                    verdict.error().message);
    } else {
      sign_head(log, Cursor{verdict->seq, verdict->header_hash});
    }
  }
  const auto head = heads_.find(log);
  hub_.publish(log, entry, head == heads_.end() ? ByteView{} : ByteView(head->second));
  if (!own && !verifier_.node_of_log(log)) return;  // not a public log
  const std::set<Listener*> listeners = listeners_;
  for (Listener* listener : listeners) {
    listener->grown(log);
    if (own) listener->headed(log);
  }
}

void Channels::sign_head(const LogId& log, const Cursor& head) {
  trust::LogHead statement{log, head.seq, head.hash, clock_.now()};
  heads_[log] = trust::sign_head(statement, node_key_);
}

Awaitable<Result<void>> Channels::sign_heads() {
  auto pass = co_await gate_.enter();
  for (const LogId& log : {official_, posts_}) {
    const Cursor head = verifier_.cursor(log);
    if (raw(head.seq) == 0) continue;
    sign_head(log, head);
    hub_.publish_head(log, heads_[log]);
    const std::set<Listener*> listeners = listeners_;
    for (Listener* listener : listeners) listener->headed(log);
  }
  co_return Result<void>();
}

Bytes Channels::signed_head(const LogId& log) {
  const auto it = heads_.find(log);
  return it == heads_.end() ? Bytes{} : it->second;
}

void Channels::mirrored_head(const LogId& log, ByteView statement) {
  heads_[log] = Bytes(statement.begin(), statement.end());
  hub_.publish_head(log, heads_[log]);
  const std::set<Listener*> listeners = listeners_;
  for (Listener* listener : listeners) listener->headed(log);
}

}  // namespace xom::server
