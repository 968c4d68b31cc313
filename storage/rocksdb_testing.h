// For tests only: a RocksDB engine over another file system, and engines broken on purpose, so that
// the power loss test can show that it notices. Nothing outside tests/ includes this.
#pragma once

#include <rocksdb/file_system.h>

#include "storage/rocksdb_engine.h"

namespace xom::storage::testing {

enum class Sabotage {
  kNone,
  kNoSync,         // writes without waiting for the disk
  kAckBeforeSync,  // answers before it writes
};

struct RocksDbTestOptions {
  RocksDbOptions options;
  std::shared_ptr<rocksdb::FileSystem> file_system;  // null: the real one
  Sabotage sabotage = Sabotage::kNone;
};

[[nodiscard]] Result<std::unique_ptr<Engine>> open_rocksdb_for_test(
    const std::string& path, const RocksDbTestOptions& options);

}  // namespace xom::storage::testing
