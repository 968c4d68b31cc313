// How long logs are kept, by class, and which entries are to go. Pure.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>

#include "storage/log_store.h"

namespace xom::server {

// A log is what its entries are. Reports and blobs have their place here as soon as they have
// entries.
enum class LogClass : std::uint8_t { kGroup, kInbox, kChannel };
inline constexpr std::size_t kLogClasses = 3;

// What is kept of a log; 0 of a limit: without this limit.
struct Keep {
  std::chrono::milliseconds age{0};       // older entries go
  std::uint64_t bytes = 0;                // payload: with more, the oldest entries go,
  std::chrono::milliseconds at_least{0};  // but none that is younger than this
};
using Retention = std::array<Keep, kLogClasses>;

// By the kind of its entries; nullopt: a kind of a later version, of which nothing is trimmed.
[[nodiscard]] std::optional<LogClass> class_of(std::uint32_t entry_kind);

// The number of the last of these entries, the oldest ones that a log of `bytes` of payload holds,
// that is to go at `now`; nullopt: they all stay. kMalformed: a header that cannot be read.
[[nodiscard]] Result<std::optional<Seq>> last_to_go(const Keep& keep,
                                                    std::span<const storage::LogEntry> oldest,
                                                    std::uint64_t bytes, TimeMs now);

}  // namespace xom::server
