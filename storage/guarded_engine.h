// An engine that takes no more while the disk is full, so that a write under way never finds that
// there is no room for it.
#pragma once

#include "storage/engine.h"

namespace xom::storage {

// Passes everything on to `engine`, which must outlive it. One executor.
class GuardedEngine final : public Engine {
 public:
  explicit GuardedEngine(Engine& engine) : engine_(engine) {}

  // While `refuses`, a commit answers kUnavailable and nothing of it is written, unless it gives
  // space back (Batch::frees). Reads go on.
  void refuse(bool refuses) { refuses_ = refuses; }

  Awaitable<Result<std::optional<std::string>>> get(std::string key) override {
    return engine_.get(std::move(key));
  }
  Awaitable<Result<std::vector<KeyValue>>> scan(std::string begin, std::string end,
                                                std::size_t limit, std::size_t max_bytes) override {
    return engine_.scan(std::move(begin), std::move(end), limit, max_bytes);
  }
  Awaitable<Result<void>> commit(Batch batch) override {
    if (refuses_ && !batch.frees) return full();
    return engine_.commit(std::move(batch));
  }
  [[nodiscard]] Health health() const override { return engine_.health(); }

 private:
  static Awaitable<Result<void>> full() {
    co_return fail(ErrorCode::kUnavailable, "the disk is full; try again when it has space");
  }

  Engine& engine_;
  bool refuses_ = false;
};

}  // namespace xom::storage
