// The plan's part for mirrors and retention: entries taken over as they are, and trimming.
#include <algorithm>

#include "protocol/trust/entry_header.h"
#include "protocol/trust/statement.h"
#include "storage/group_plan.h"
#include "storage/keys.h"
#include "storage/limits.h"

namespace xom::storage {
namespace {

struct ReadHeader {
  trust::EntryHeader header;
  Hash hash;
};

// The header of an entry, found to be of this log, this number and this content.
Result<ReadHeader> read_header(const LogId& log, const LogEntry& entry) {
  if (const auto form = check_entry_form(entry.kind, entry.payload.size()); !form) {
    return std::unexpected(form.error());
  }
  if (raw(entry.entry_id) == 0) return fail(ErrorCode::kMalformed, "an entry without an id");
  const auto statement = trust::Statement::decode(entry.header);
  if (!statement) return std::unexpected(statement.error());
  if (statement->kind != trust::Kind::kEntryHeader) {
    return fail(ErrorCode::kMalformed, "the header of an entry is another kind of statement");
  }
  const auto header = trust::EntryHeader::decode_body(statement->body);
  if (!header) return std::unexpected(header.error());
  const Hash content = trust::entry_hash(entry.kind, entry.writer, entry.entry_id, entry.payload);
  if (header->log != log || header->seq != entry.seq || header->entry_hash != content) {
    return fail(ErrorCode::kMalformed, "the header does not belong to its entry");
  }
  return ReadHeader{*header, trust::header_hash(statement->id())};
}

}  // namespace

Awaitable<Result<LogState>> GroupPlan::add_verbatim(const LogId& log,
                                                    const std::vector<LogEntry>& entries,
                                                    const VerbatimExtras& extras) {
  Changes changes;
  auto found_head = co_await head(changes, log);
  if (!found_head) co_return std::unexpected(found_head.error());
  HeadRecord& log_head = **found_head;
  const Cursor before = log_head.state.head;
  for (const LogEntry& entry : entries) {
    const auto read = read_header(log, entry);
    if (!read) co_return std::unexpected(read.error());
    const Cursor& last = log_head.state.head;
    if (entry.seq <= last.seq) {
      std::string key = keys::entry(log, entry.seq);
      auto held = co_await get(changes, std::move(key));
      if (!held) co_return std::unexpected(held.error());
      if (!held->value) continue;  // trimmed here: nothing left to compare with
      const auto ours = decode_entry(entry.seq, *held->value);
      if (!ours) co_return std::unexpected(ours.error());
      const auto hash = trust::header_hash(ours->header);
      if (!hash) co_return std::unexpected(hash.error());
      if (*hash != read->hash) {
        co_return fail(ErrorCode::kForked, "another entry is held under this number",
                       raw(entry.seq));
      }
      continue;
    }
    if (entry.seq != next(last.seq)) {
      co_return fail(ErrorCode::kEntryGap, "the entry does not follow the head", raw(last.seq) + 1);
    }
    if (read->header.previous != last.hash) {
      co_return fail(ErrorCode::kForked, "the entry follows another head", raw(entry.seq));
    }
    auto found_writer = co_await writer(changes, log, entry.writer);
    if (!found_writer) co_return std::unexpected(found_writer.error());
    place(changes, log, log_head, **found_writer, entry, read->hash);
  }
  const LogState state = log_head.state;
  if (changes.appended.empty()) co_return state;
  if (extras.expected_head && *extras.expected_head != before) {
    co_return fail(ErrorCode::kConflict, "the log has grown meanwhile", raw(before.seq));
  }
  if (extras.generation) {
    log_head.state.generation = *extras.generation;
    log_head.state.generation_began = extras.generation_began;
    log_head.state.open_by = extras.open_by;
  }
  for (const auto& [key, value] : extras.puts) changes.writes.insert_or_assign(key, value);
  for (const auto& key : extras.deletes) changes.writes.insert_or_assign(key, std::nullopt);
  const LogState grown = log_head.state;
  merge(std::move(changes));
  co_return grown;
}

Awaitable<Result<LogState>> GroupPlan::add_trim(const LogId& log, Seq up_to) {
  Changes changes;
  auto found_head = co_await head(changes, log);
  if (!found_head) co_return std::unexpected(found_head.error());
  HeadRecord& log_head = **found_head;
  const Seq last = std::min(up_to, log_head.state.head.seq);
  if (last < log_head.state.first) co_return log_head.state;

  std::string begin = keys::entry(log, log_head.state.first);
  std::string end = keys::entry(log, next(last));
  const auto held = co_await engine_.scan(std::move(begin), std::move(end), limits::kTrimStep,
                                          limits::kGroupBytes);
  if (!held) co_return std::unexpected(held.error());
  if (held->empty()) co_return fail(ErrorCode::kInternal, "entries of a log are missing");
  for (const KeyValue& item : *held) {
    const auto entry = decode_entry(keys::seq_of_entry_key(item.key), item.value);
    if (!entry) co_return std::unexpected(entry.error());
    auto who = co_await writer(changes, log, entry->writer);
    if (!who) co_return std::unexpected(who.error());
    if ((*who)->find(entry->entry_id) == entry->seq) {
      changes.writes.insert_or_assign(keys::retained_header(log, entry->seq),
                                      std::string(text_of(entry->header)));
    }
    changes.writes.insert_or_assign(item.key, std::nullopt);
    log_head.bytes -= std::min<std::uint64_t>(log_head.bytes, entry->payload.size());
    log_head.state.first = next(entry->seq);
  }
  changes.trims = true;
  const LogState trimmed = log_head.state;
  merge(std::move(changes));
  co_return trimmed;
}

}  // namespace xom::storage
