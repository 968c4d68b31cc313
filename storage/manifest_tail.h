// Mends the one file of a RocksDB store that it cannot mend itself after a power loss.
#pragma once

#include <rocksdb/file_system.h>

#include <string>
#include <string_view>

#include "protocol/base/result.h"

namespace xom::storage {

// RocksDB ends the recovery of its write-ahead log before a torn record, but refuses a MANIFEST
// whose last record is torn. Such a record was never synced, so nothing rests on it: this cuts it
// off. Only where all before is whole and nothing valid follows; damage elsewhere is left for a
// human. True if the file was mended and opening may be tried again. A last record that was synced
// and rotted on the disk later looks the same, here as in any log; against rot there are backups.
[[nodiscard]] Result<bool> cut_torn_manifest_tail(rocksdb::FileSystem& files,
                                                  const std::string& folder);

// Length of the whole records at the start of a file in RocksDB's log format, if what follows them
// can only be one torn write; the file's size if it is whole; npos if it is damaged in another way.
[[nodiscard]] std::size_t whole_records(std::string_view file);

}  // namespace xom::storage
