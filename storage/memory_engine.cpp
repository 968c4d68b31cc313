#include "storage/memory_engine.h"

#include <boost/asio/this_coro.hpp>

#include "storage/keys.h"

namespace xom::storage {

MemoryEngine::MemoryEngine() {
  synced_.emplace(keys::kFormat, std::to_string(keys::kFormatVersion));
}

Awaitable<Result<std::optional<std::string>>> MemoryEngine::get(std::string key) {
  const std::lock_guard lock(mutex_);
  const auto found = synced_.find(key);
  if (found == synced_.end()) co_return std::optional<std::string>();
  co_return std::optional<std::string>(found->second);
}

Awaitable<Result<std::vector<KeyValue>>> MemoryEngine::scan(std::string begin, std::string end,
                                                            std::size_t limit,
                                                            std::size_t max_bytes) {
  const std::lock_guard lock(mutex_);
  std::vector<KeyValue> found;
  std::size_t bytes = 0;
  for (auto it = synced_.lower_bound(begin); it != synced_.end() && found.size() < limit; ++it) {
    if (!end.empty() && it->first >= end) break;
    bytes += it->first.size() + it->second.size();
    if (!found.empty() && bytes > max_bytes) break;
    found.push_back(KeyValue{it->first, it->second});
  }
  co_return found;
}

Awaitable<Result<void>> MemoryEngine::commit(Batch batch) {
  const auto executor = co_await boost::asio::this_coro::executor;
  auto submit = [this, executor, batch = std::move(batch)](Completion<Result<void>> done) mutable {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(WaitingBatch{std::move(batch), std::move(done)});
      if (held_) return;
    }
    // Posted, so that whatever is committed in the same turn shares the sync.
    boost::asio::post(executor, [this] {
      {
        const std::lock_guard lock(mutex_);
        if (held_) return;
      }
      sync();
    });
  };
  auto waiting = suspend_until<Result<void>>(std::move(submit));
  co_return co_await std::move(waiting);
}

void MemoryEngine::hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void MemoryEngine::release() {
  {
    const std::lock_guard lock(mutex_);
    held_ = false;
  }
  sync();
}

void MemoryEngine::fail_next_sync() {
  const std::lock_guard lock(mutex_);
  fail_next_ = true;
}

void MemoryEngine::run_out_of_space() {
  const std::lock_guard lock(mutex_);
  fail_next_ = no_space_ = true;
}

Health MemoryEngine::health() const {
  const std::lock_guard lock(mutex_);
  if (!failed_) return Health::kGood;
  return no_space_ ? Health::kNoSpace : Health::kFailed;
}

void MemoryEngine::crash() {
  std::vector<WaitingBatch> lost;
  {
    const std::lock_guard lock(mutex_);
    lost.swap(waiting_);
    held_ = fail_next_ = failed_ = no_space_ = false;
  }
  for (auto& waiting : lost) waiting.done(fail(ErrorCode::kIo, "power was lost"));
}

std::size_t MemoryEngine::syncs() const {
  const std::lock_guard lock(mutex_);
  return syncs_;
}

std::size_t MemoryEngine::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void MemoryEngine::sync() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return;
  std::vector<WaitingBatch> group;
  group.swap(waiting_);
  if (failed_ || fail_next_) {
    const auto code = failed_ ? ErrorCode::kUnavailable : ErrorCode::kIo;
    failed_ = true;
    fail_next_ = false;
    for (auto& waiting : group) waiting.done(fail(code, "the store has failed"));
    return;
  }
  WriteGroup joined([this](const std::string& key) -> Result<std::optional<std::string>> {
    const auto found = synced_.find(key);
    if (found == synced_.end()) return std::nullopt;
    return found->second;
  });
  std::vector<Result<void>> results;
  results.reserve(group.size());
  for (auto& waiting : group) results.push_back(joined.join(waiting.batch));
  for (const auto& [key, value] : joined.writes()) {
    if (value) {
      synced_.insert_or_assign(key, *value);
    } else {
      synced_.erase(key);
    }
  }
  ++syncs_;
  for (std::size_t i = 0; i < group.size(); ++i) group[i].done(std::move(results[i]));
}

}  // namespace xom::storage
