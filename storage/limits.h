// Limits of the storage layer, with their reasons. Limits on what a client may send are the
// server's.
#pragma once

#include <cstddef>

namespace xom::storage::limits {

// Payload of one entry: a read hands out at least one entry, and a frame to a reader is of this
// order.
inline constexpr std::size_t kEntryPayload = 1024 * 1024;
// Parts of one operation: a commit with a Welcome to each of the members that it adds.
inline constexpr std::size_t kOperationParts = 1024;
// Bytes of one operation: it becomes one write, held in memory several times over.
inline constexpr std::size_t kOperationBytes = 8 * 1024 * 1024;
// One group of appends: beyond this, waiting for the group costs more than the sync that it saves.
inline constexpr std::size_t kGroupOperations = 1024;
inline constexpr std::size_t kGroupBytes = 8 * 1024 * 1024;
// So many that wait are a group that is worth a sync of its own, however soon.
inline constexpr std::size_t kGroupAtOnce = 64;
// Operations that wait for a group. Above: kUnavailable, so that a slow disk cannot fill the
// memory.
inline constexpr std::size_t kQueueOperations = 16 * 1024;
inline constexpr std::size_t kQueueBytes = 64 * 1024 * 1024;
// Heads kept in memory, about 300 bytes each: the logs of a busy evening, not all logs of a ward.
inline constexpr std::size_t kCachedHeads = 16 * 1024;
// Results that a writer's retry finds again: more than any client has in flight.
inline constexpr std::size_t kRetryWindow = 64;
// Entries that one step of a trim removes, so that appends of others come in between.
inline constexpr std::size_t kTrimStep = 256;
// Attempts at an operation that lost a race against another writer of the same store.
inline constexpr int kRaceAttempts = 4;

}  // namespace xom::storage::limits
