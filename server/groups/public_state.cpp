#include "server/groups/public_state.h"

#include "server/groups/keys.h"
#include "server/text.h"

namespace xom::server {

namespace {

// A tree of mls::kMaxLeaves slots has 256 chunks, and there is one record beside them.
constexpr std::size_t kMostRecords = 512;

std::string key_of(const LogId& group, const mls::RecordKey& key) {
  std::string out = keys::public_records(group);
  out.push_back(static_cast<char>(key.kind));
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(key.index >> shift & 0xFF));
  }
  return out;
}

Result<mls::RecordKey> record_key_of(const LogId& group, const std::string& key) {
  const std::size_t prefix = keys::public_records(group).size();
  if (key.size() != prefix + 5) return fail(ErrorCode::kInternal, "a key of no group record");
  mls::RecordKey out;
  out.kind = static_cast<mls::RecordKind>(key[prefix]);
  for (std::size_t i = 1; i <= 4; ++i) {
    out.index = out.index << 8 | static_cast<std::uint8_t>(key[prefix + i]);
  }
  return out;
}

}  // namespace

storage::Awaitable<Result<mls::PublicGroup>> load_public_group(storage::Engine& engine, LogId group,
                                                               Overlay changed) {
  std::string begin = keys::public_records(group);
  std::string end = keys::end_of(begin);
  auto items = co_await engine.scan(std::move(begin), std::move(end), kMostRecords, SIZE_MAX);
  if (!items) co_return std::unexpected(items.error());
  if (items->empty()) {
    std::string key = keys::group(group);
    auto known = co_await engine.get(std::move(key));
    if (!known) co_return std::unexpected(known.error());
    if (!*known) co_return fail(ErrorCode::kNotFound, "there is no such group here");
    co_return fail(ErrorCode::kUnsupportedVersion, "a group of an older version");
  }
  for (auto& item : *items) changed.try_emplace(std::move(item.key), std::move(item.value));
  std::vector<mls::Record> records;
  records.reserve(changed.size());
  for (const auto& [name, value] : changed) {
    if (value.empty()) continue;
    auto key = record_key_of(group, name);
    if (!key) co_return std::unexpected(key.error());
    records.push_back({*key, crypto::SecretBytes(view_of(value))});
  }
  auto loaded = mls::PublicGroup::load(records);
  co_return loaded;
}

void put_public_group(storage::Batch& batch, const LogId& group, const mls::PublicGroup& after,
                      const mls::PublicGroup* before) {
  for (const mls::Record& record : after.records(before)) {
    std::string key = key_of(group, record.key);
    if (record.value.empty()) {
      batch.deletes.push_back(std::move(key));
    } else {
      batch.puts.emplace_back(std::move(key), std::string(text_of(record.value.view())));
    }
  }
}

}  // namespace xom::server
