#include "storage/write_group.h"

namespace xom::storage {

Result<bool> WriteGroup::holds(const Precondition& precondition) const {
  if (const auto found = writes_.find(precondition.key); found != writes_.end()) {
    return found->second == precondition.expected;
  }
  auto value = stored_(precondition.key);
  if (!value) return std::unexpected(value.error());
  return *value == precondition.expected;
}

Result<void> WriteGroup::join(Batch& batch) {
  for (const Precondition& precondition : batch.preconditions) {
    const auto held = holds(precondition);
    if (!held) return std::unexpected(held.error());
    if (!*held) return fail(ErrorCode::kConflict, "a precondition of the batch does not hold");
  }
  for (auto& [key, value] : batch.puts) writes_.insert_or_assign(std::move(key), std::move(value));
  for (auto& key : batch.deletes) writes_.insert_or_assign(std::move(key), std::nullopt);
  return {};
}

std::size_t size_of(const Batch& batch) {
  std::size_t size = 0;
  for (const auto& p : batch.preconditions) {
    size += p.key.size() + (p.expected ? p.expected->size() : 0);
  }
  for (const auto& [key, value] : batch.puts) size += key.size() + value.size();
  for (const auto& key : batch.deletes) size += key.size();
  return size;
}

}  // namespace xom::storage
