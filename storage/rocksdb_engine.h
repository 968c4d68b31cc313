// The embedded engine: RocksDB, one writer thread, one sync for all batches that wait together.
#pragma once

#include <memory>
#include <string>

#include "storage/engine.h"

namespace xom::storage {

struct RocksDbOptions {
  // Values and index blocks kept in memory for reads.
  std::size_t block_cache_bytes = 64 * 1024 * 1024;
  // Newest writes kept in memory before they become a sorted file; two of these may exist.
  std::size_t write_buffer_bytes = 16 * 1024 * 1024;
};

// Opens or creates the store in the folder `path`. Blocks while it recovers what a crash left.
// The engine must be destroyed before the executors of the coroutines that wait for it; destroying
// it finishes what waits. Errors (message: one line with the remedy): kIo (folder in use by another
// process, not accessible, damaged), kUnsupportedVersion (made by a newer Xóm, or not a Xóm store).
[[nodiscard]] Result<std::unique_ptr<Engine>> open_rocksdb(const std::string& path,
                                                           const RocksDbOptions& options);

}  // namespace xom::storage
