// What the log store keeps on disk, as values: heads and writers. Encodings: records.proto, keys.h.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "protocol/base/bytes.h"
#include "storage/log_store.h"

namespace xom::storage {

// State of a log, with the size of the payloads it still holds.
struct HeadRecord {
  LogState state;
  std::uint64_t bytes = 0;
};

// A writer in one log. `seqs` are those of its last entries, oldest first, at most kRetryWindow.
struct WriterRecord {
  EntryId last{0};
  std::deque<Seq> seqs;

  // Where the entry with this id stands; nullopt if it is not among the last ones.
  [[nodiscard]] std::optional<Seq> find(EntryId id) const;
  // The writer's entry `id` stands at `seq`. Returns the numbers that fell out of the window. An id
  // that skips some (in a log taken over from elsewhere) begins a new window; one that goes back is
  // passed over.
  std::vector<Seq> push(EntryId id, Seq seq);
};

[[nodiscard]] std::string encode(const HeadRecord& head);
[[nodiscard]] Result<HeadRecord> decode_head(std::string_view value);
[[nodiscard]] std::string encode(const WriterRecord& writer);
[[nodiscard]] Result<WriterRecord> decode_writer(std::string_view value);
[[nodiscard]] std::string encode(const LogEntry& entry);
[[nodiscard]] Result<LogEntry> decode_entry(Seq seq, std::string_view value);

}  // namespace xom::storage
