// Waiting batches, joined into one write. Shared by the engines, so that both mean the same by a
// group.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "storage/completion.h"
#include "storage/engine.h"

namespace xom::storage {

// A batch and whoever waits for it.
struct WaitingBatch {
  Batch batch;
  Completion<Result<void>> done;
};

// Joins batches in order; the preconditions of each see the writes of those joined before.
class WriteGroup {
 public:
  using Lookup = std::function<Result<std::optional<std::string>>(const std::string& key)>;
  using Writes = std::unordered_map<std::string, std::optional<std::string>>;  // nullopt: delete

  explicit WriteGroup(Lookup stored) : stored_(std::move(stored)) {}

  // kConflict: a precondition does not hold, the group is unchanged. Else the lookup's error.
  [[nodiscard]] Result<void> join(Batch& batch);

  [[nodiscard]] const Writes& writes() const { return writes_; }

 private:
  [[nodiscard]] Result<bool> holds(const Precondition& precondition) const;

  Lookup stored_;
  Writes writes_;
};

[[nodiscard]] std::size_t size_of(const Batch& batch);

}  // namespace xom::storage
