// An engine in memory, for tests: it tells apart what was committed and what was synced, and can
// lose the difference, as a power loss does.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "storage/engine.h"
#include "storage/write_group.h"

namespace xom::storage {

class MemoryEngine final : public Engine {
 public:
  MemoryEngine();

  Awaitable<Result<std::optional<std::string>>> get(std::string key) override;
  Awaitable<Result<std::vector<KeyValue>>> scan(std::string begin, std::string end,
                                                std::size_t limit, std::size_t max_bytes) override;
  Awaitable<Result<void>> commit(Batch batch) override;
  [[nodiscard]] Health health() const override;

  // From now on commits wait for their sync, until release(): one sync for all of them.
  void hold();
  void release();
  // The next sync fails: its batches answer kIo, later ones kUnavailable, until crash().
  void fail_next_sync();
  // So does this one, and the disk had no room for it.
  void run_out_of_space();
  // Power loss and restart: batches that were not synced are gone and answer kIo; usable again.
  void crash();

  [[nodiscard]] std::size_t syncs() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  void sync();  // all that waits

  mutable std::mutex mutex_;
  std::map<std::string, std::string> synced_;
  std::vector<WaitingBatch> waiting_;
  bool held_ = false;
  bool fail_next_ = false;
  bool failed_ = false;
  bool no_space_ = false;  // is why
  std::size_t syncs_ = 0;
};

}  // namespace xom::storage
