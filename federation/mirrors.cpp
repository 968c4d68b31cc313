#include "federation/mirrors.h"

#include <utility>

#include "federation/limits.h"
#include "protocol/trust/log_ids.h"

namespace xom::federation {
namespace {

// Feeds what is on disk after the verifier's cursor, up to and including `until`.
Awaitable<Result<void>> replay_log(storage::LogStore& store, trust::Verifier& verifier, LogId log,
                                   Seq until) {
  while (verifier.cursor(log).seq < until) {
    const Seq after = verifier.cursor(log).seq;
    auto page = co_await store.read(log, after, kPageEntries, kPageBytes);
    if (!page) co_return std::unexpected(page.error().during("replay of a log"));
    if (page->empty()) break;
    for (const auto& entry : *page) {
      auto verdict = verifier.feed(log, view_of_entry(entry));
      if (!verdict) co_return std::unexpected(verdict.error().during("replay of a log"));
    }
  }
  co_return Result<void>{};
}

}  // namespace

Mirrors::Mirrors(storage::LogStore& store, trust::Verifier& verifier, HeadSink& heads)
    : store_(store), verifier_(verifier), heads_(heads) {}

Awaitable<Result<Cursor>> Mirrors::follow(OfferedLog offered, NodeId self) {
  const bool official =
      offered.kind == wire::OFFICIAL && offered.log == trust::official_log(offered.node);
  const bool posts = offered.kind == wire::POSTS && offered.log == trust::posts_log(offered.node);
  if ((!official && !posts) || offered.node == self)
    co_return fail(ErrorCode::kNotPermitted, "the parent offers a log that is not of a node above");
  auto state = co_await store_.state(offered.log);
  if (!state) co_return std::unexpected(state.error());
  auto replayed = co_await replay_log(store_, verifier_, offered.log, state->head.seq);
  if (!replayed) co_return std::unexpected(replayed.error());
  const Cursor verified = verifier_.cursor(offered.log);
  if (verified.seq == state->head.seq && verified != state->head)
    co_return fail(ErrorCode::kForked, "our mirror contradicts what was verified");
  co_return state->head;
}

Result<void> Mirrors::feed(const LogId& log, const storage::LogEntry& entry) {
  const Cursor at = verifier_.cursor(log);
  if (entry.seq < at.seq) return {};  // the store compares it with its own
  if (entry.seq == at.seq) {
    auto hash = trust::header_hash(entry.header);
    if (!hash) return std::unexpected(hash.error());
    if (*hash != at.hash)
      return fail(ErrorCode::kForked, "another entry under a number that was verified before");
    return {};
  }
  auto verdict = verifier_.feed(log, view_of_entry(entry));
  if (!verdict) return std::unexpected(verdict.error());
  return {};
}

Awaitable<Result<void>> Mirrors::accept(LogId log, std::vector<storage::LogEntry> entries) {
  if (entries.size() > kPageEntries)
    co_return fail(ErrorCode::kTooLarge, "more entries than a page may hold");
  Result<void> verdict;
  std::size_t good = 0;
  while (good < entries.size()) {
    verdict = feed(log, entries[good]);
    if (!verdict) break;
    ++good;
  }
  entries.resize(good);
  if (!entries.empty()) {
    auto written = co_await store_.append_verbatim(log, std::move(entries));
    if (!written) co_return std::unexpected(written.error().during("mirror"));
  }
  if (!verdict) co_return std::unexpected(verdict.error().during("entry of the parent"));
  co_return verdict;
}

Result<void> Mirrors::accept_head(const LogId& log, ByteView statement) {
  auto head = verifier_.feed_head(statement);
  if (!head) return std::unexpected(head.error().during("head of the parent"));
  if (head->log != log) return fail(ErrorCode::kMalformed, "head of another log");
  heads_.mirrored_head(log, statement);
  return {};
}

Awaitable<Result<void>> replay_tree(storage::LogStore& store, trust::Verifier& verifier,
                                    NodeId root, NodeId self) {
  // The root's official log names its children, theirs name their own, and so on down.
  std::vector<NodeId> known{root};
  for (std::size_t i = 0; i < known.size(); ++i) {
    const NodeId node = known[i];
    for (const LogId& log : {trust::official_log(node), trust::posts_log(node)}) {
      auto state = co_await store.state(log);
      if (!state) co_return std::unexpected(state.error());
      auto replayed = co_await replay_log(store, verifier, log, state->head.seq);
      if (!replayed) co_return replayed;
    }
    known.resize(1);
    for (const OfferedLog& log : logs_down_to(verifier, self))
      if (log.kind == wire::OFFICIAL && log.node != root) known.push_back(log.node);
  }
  co_return Result<void>{};
}

}  // namespace xom::federation
