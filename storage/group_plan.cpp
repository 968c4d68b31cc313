#include "storage/group_plan.h"

#include <algorithm>

#include "protocol/trust/entry_header.h"
#include "storage/keys.h"
#include "storage/limits.h"

namespace xom::storage {

Result<void> check_entry_form(std::uint32_t kind, std::size_t payload_bytes) {
  if (kind == 0 || kind > 255)
    return fail(ErrorCode::kMalformed, "the kind of an entry is 1 to 255");
  if (payload_bytes > limits::kEntryPayload) {
    return fail(ErrorCode::kTooLarge, "the payload of an entry is too large");
  }
  return {};
}

namespace {

Result<void> check_form(const AppendOperation& operation) {
  if (operation.parts.size() > limits::kOperationParts) {
    return fail(ErrorCode::kTooLarge, "an operation has too many parts");
  }
  std::size_t bytes = 0;
  for (const auto& part : operation.parts) {
    const auto form = check_entry_form(part.entry.kind, part.entry.payload.size());
    if (!form) return form;
    bytes += part.entry.payload.size();
  }
  for (const auto& [key, value] : operation.puts) bytes += key.size() + value.size();
  if (bytes > limits::kOperationBytes) {
    return fail(ErrorCode::kTooLarge, "an operation has too many bytes");
  }
  return {};
}

}  // namespace

bool GroupPlan::empty() const { return group_.heads.empty() && group_.writes.empty(); }

Batch GroupPlan::batch() {
  Batch batch;
  batch.frees = group_.trims && group_.appended.empty();
  for (auto& [key, value] : group_.expected) batch.preconditions.push_back({key, value});
  for (auto& [key, value] : group_.writes) {
    if (value) {
      batch.puts.emplace_back(key, *value);
    } else {
      batch.deletes.push_back(key);
    }
  }
  for (const auto& [log, record] : group_.heads) {
    encoded_heads_[log] = encode(record);
    batch.puts.emplace_back(keys::head(log), encoded_heads_[log]);
  }
  for (const auto& [who, record] : group_.writers) {
    batch.puts.emplace_back(keys::writer(who.first, who.second), encode(record));
  }
  return batch;
}

void GroupPlan::committed() {
  for (const auto& [log, record] : group_.heads) {
    heads_.put(log, StoredHead{record, encoded_heads_[log]});
  }
}

void GroupPlan::merge(Changes changes) {
  for (auto& [log, record] : changes.heads) group_.heads.insert_or_assign(log, record);
  for (auto& [who, record] : changes.writers) {
    group_.writers.insert_or_assign(who, std::move(record));
  }
  for (auto& [key, value] : changes.writes) group_.writes.insert_or_assign(key, std::move(value));
  group_.expected.merge(changes.expected);
  std::move(changes.appended.begin(), changes.appended.end(), std::back_inserter(group_.appended));
  group_.trims = group_.trims || changes.trims;
}

Awaitable<Result<GroupPlan::Value>> GroupPlan::get(const Changes& changes, std::string key) {
  if (const auto own = changes.writes.find(key); own != changes.writes.end()) {
    co_return Value{own->second, false};
  }
  if (const auto found = group_.writes.find(key); found != group_.writes.end()) {
    co_return Value{found->second, false};
  }
  auto stored = co_await engine_.get(std::move(key));
  if (!stored) co_return std::unexpected(stored.error());
  co_return Value{std::move(*stored), true};
}

Awaitable<Result<HeadRecord*>> GroupPlan::head(Changes& changes, const LogId& log) {
  if (const auto own = changes.heads.find(log); own != changes.heads.end()) co_return &own->second;
  if (const auto found = group_.heads.find(log); found != group_.heads.end()) {
    co_return &changes.heads.emplace(log, found->second).first->second;
  }
  std::string key = keys::head(log);
  if (heads_.find(log) == nullptr) {
    auto value = co_await engine_.get(key);
    if (!value) co_return std::unexpected(value.error());
    StoredHead stored;
    if (*value) {
      const auto decoded = decode_head(**value);
      if (!decoded) co_return std::unexpected(decoded.error());
      stored.head = *decoded;
    }
    stored.raw = std::move(*value);
    heads_.put(log, std::move(stored));
  }
  const StoredHead* stored = heads_.find(log);
  changes.expected.insert_or_assign(std::move(key), stored->raw);
  co_return &changes.heads.emplace(log, stored->head).first->second;
}

Awaitable<Result<WriterRecord*>> GroupPlan::writer(Changes& changes, const LogId& log,
                                                   const DeviceKey& writer) {
  const auto who = std::pair(log, writer);
  if (const auto own = changes.writers.find(who); own != changes.writers.end()) {
    co_return &own->second;
  }
  if (const auto found = group_.writers.find(who); found != group_.writers.end()) {
    co_return &changes.writers.emplace(who, found->second).first->second;
  }
  std::string key = keys::writer(log, writer);
  auto value = co_await engine_.get(std::move(key));
  if (!value) co_return std::unexpected(value.error());
  WriterRecord record;
  if (*value) {
    auto decoded = decode_writer(**value);
    if (!decoded) co_return std::unexpected(decoded.error());
    record = std::move(*decoded);
  }
  co_return &changes.writers.emplace(who, std::move(record)).first->second;
}

Awaitable<Result<void>> GroupPlan::check(Changes& changes,
                                         const std::vector<Precondition>& preconditions) {
  for (const Precondition& precondition : preconditions) {
    auto value = co_await get(changes, precondition.key);
    if (!value) co_return std::unexpected(value.error());
    if (value->value != precondition.expected) {
      co_return fail(ErrorCode::kConflict, "a precondition of the operation does not hold");
    }
    if (value->from_engine)
      changes.expected.insert_or_assign(precondition.key, precondition.expected);
  }
  co_return Result<void>();
}

Awaitable<Result<Bytes>> GroupPlan::header_of(const Changes& changes, const LogId& log, Seq seq) {
  std::string key = keys::entry(log, seq);
  auto entry = co_await get(changes, std::move(key));
  if (!entry) co_return std::unexpected(entry.error());
  if (entry->value) {
    auto decoded = decode_entry(seq, *entry->value);
    if (!decoded) co_return std::unexpected(decoded.error());
    co_return std::move(decoded->header);
  }
  std::string retained_key = keys::retained_header(log, seq);
  auto retained = co_await get(changes, std::move(retained_key));
  if (!retained) co_return std::unexpected(retained.error());
  if (!retained->value) co_return fail(ErrorCode::kInternal, "the header of a retry is missing");
  co_return Bytes(retained->value->begin(), retained->value->end());
}

Awaitable<Result<std::optional<std::vector<Appended>>>> GroupPlan::find_retry(
    Changes& changes, const AppendOperation& operation) {
  std::vector<Appended> first_results;
  bool repeated = false;
  for (const auto& part : operation.parts) {
    Appended result;
    result.log = part.log;
    auto record = co_await writer(changes, part.log, part.entry.writer);
    if (!record) co_return std::unexpected(record.error());
    const WriterRecord& known = **record;
    if (raw(part.entry.entry_id) != 0 && part.entry.entry_id <= known.last) {
      const auto seq = known.find(part.entry.entry_id);
      if (!seq) {
        co_return fail(ErrorCode::kEntryGap, "the entry id is older than what a retry may name",
                       raw(known.last) + 1);
      }
      auto header = co_await header_of(changes, part.log, *seq);
      if (!header) co_return std::unexpected(header.error());
      result.seq = *seq;
      result.header = std::move(*header);
      result.repeated = repeated = true;
    }
    first_results.push_back(std::move(result));
  }
  std::optional<std::vector<Appended>> found;
  if (repeated) {
    for (Appended& result : first_results) result.repeated = true;
    found = std::move(first_results);
  }
  co_return found;
}

void GroupPlan::place(Changes& changes, const LogId& log, HeadRecord& head, WriterRecord& writer,
                      LogEntry entry, const Hash& header_hash) {
  head.state.head = Cursor{entry.seq, header_hash};
  head.bytes += entry.payload.size();
  for (const Seq dropped : writer.push(entry.entry_id, entry.seq)) {
    if (dropped >= head.state.first) continue;
    changes.writes.insert_or_assign(keys::retained_header(log, dropped), std::nullopt);
  }
  changes.writes.insert_or_assign(keys::entry(log, entry.seq), encode(entry));
  changes.appended.emplace_back(log, std::move(entry));
}

Awaitable<Result<Appended>> GroupPlan::append_part(Changes& changes,
                                                   const AppendOperation::Part& part,
                                                   const std::vector<Appended>& before) {
  auto found_head = co_await head(changes, part.log);
  if (!found_head) co_return std::unexpected(found_head.error());
  auto found_writer = co_await writer(changes, part.log, part.entry.writer);
  if (!found_writer) co_return std::unexpected(found_writer.error());
  HeadRecord& log_head = **found_head;
  WriterRecord& who = **found_writer;
  LogState& state = log_head.state;

  if (part.must_be_new && raw(state.head.seq) != 0) {
    co_return fail(ErrorCode::kAlreadyExists, "the log has entries already");
  }
  if (part.expected_head && *part.expected_head != state.head) {
    co_return fail(ErrorCode::kConflict, "the log has gone on");
  }
  if (part.expected_generation && *part.expected_generation != state.generation) {
    co_return fail(ErrorCode::kStaleEpoch, "the log is at another generation", state.generation);
  }
  const Seq began = state.generation_began;
  if (part.expected_began && raw(began) != 0 && *part.expected_began != began) {
    co_return fail(ErrorCode::kStaleEpoch, "the generation began anew", state.generation);
  }
  if (part.expected_open && !state.open_by) {
    co_return fail(ErrorCode::kStaleEpoch, "others have gone on from the generation",
                   state.generation);
  }
  const EntryId expected{raw(who.last) + 1};
  const bool chosen_here = raw(part.entry.entry_id) == 0;
  if (!chosen_here && part.entry.entry_id != expected) {
    co_return fail(ErrorCode::kEntryGap, "the entry id is not the writer's next", raw(expected));
  }

  LogEntry entry;
  entry.seq = next(state.head.seq);
  entry.kind = part.entry.kind;
  entry.writer = part.entry.writer;
  entry.entry_id = expected;
  entry.payload = part.entry.payload;
  if (part.make_payload) {
    entry.payload = part.make_payload(before);
    const auto form = check_entry_form(entry.kind, entry.payload.size());
    if (!form) co_return std::unexpected(form.error());
  }
  const Hash content = trust::entry_hash(entry.kind, entry.writer, entry.entry_id, entry.payload);
  entry.header = signer_.sign_header(part.log, entry.seq, state.head.hash, content);
  const auto hash = trust::header_hash(entry.header);
  if (!hash) {
    co_return fail(ErrorCode::kInternal,
                   "the signer's header is unusable: " + hash.error().message);
  }
  Appended result{part.log, entry.seq, entry.header, false};
  place(changes, part.log, log_head, who, std::move(entry), *hash);
  if (part.next_generation) {
    state.generation = *part.next_generation;
    state.generation_began = part.next_began.value_or(result.seq);
    state.open_by = part.author;
  } else if (part.author && state.open_by != part.author) {
    state.open_by.reset();
  }
  co_return result;
}

Awaitable<Result<std::vector<Appended>>> GroupPlan::add(const AppendOperation& operation) {
  const auto form = check_form(operation);
  if (!form) co_return std::unexpected(form.error());
  Changes changes;
  auto retry = co_await find_retry(changes, operation);
  if (!retry) co_return std::unexpected(retry.error());
  if (*retry) co_return std::move(**retry);

  std::vector<Appended> results;
  for (const auto& part : operation.parts) {
    auto result = co_await append_part(changes, part, results);
    if (!result) co_return std::unexpected(result.error());
    results.push_back(std::move(*result));
  }
  const auto held = co_await check(changes, operation.preconditions);
  if (!held) co_return std::unexpected(held.error());

  Batch more;
  if (operation.finish) operation.finish(results, more);
  for (const auto& [key, value] : operation.puts) changes.writes.insert_or_assign(key, value);
  for (const auto& key : operation.deletes) changes.writes.insert_or_assign(key, std::nullopt);
  for (const auto& [key, value] : more.puts) changes.writes.insert_or_assign(key, value);
  for (const auto& key : more.deletes) changes.writes.insert_or_assign(key, std::nullopt);
  merge(std::move(changes));
  co_return results;
}

}  // namespace xom::storage
