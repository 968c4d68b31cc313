// The narrow waist of storage: an ordered key-value store with atomic conditional batches.
// Nothing above this folder names RocksDB, assumes one process, or assumes that a commit cannot
// lose a race.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/base/bytes.h"

namespace xom::storage {

template <class T>
using Awaitable = boost::asio::awaitable<T>;

// A condition on one key, checked atomically with the batch that carries it.
struct Precondition {
  std::string key;
  std::optional<std::string> expected;  // nullopt: the key must be absent
};

struct Batch {
  std::vector<Precondition> preconditions;
  std::vector<std::pair<std::string, std::string>> puts;
  std::vector<std::string> deletes;  // applied after the puts
  // Gives more space back than it takes (a step of a trim): taken also while the disk is full.
  bool frees = false;
};

// Whether an engine still takes commits.
enum class Health : std::uint8_t {
  kGood,
  kNoSpace,  // the disk had no room for a write, a flush or a compaction
  kFailed,   // another failure of the disk
};

struct KeyValue {
  std::string key;
  std::string value;
};

// Keys and values are arbitrary bytes; keys are ordered as unsigned bytes.
// Thread: may be called from any coroutine; completes on the caller's executor.
class Engine {
 public:
  virtual ~Engine() = default;

  [[nodiscard]] virtual Awaitable<Result<std::optional<std::string>>> get(std::string key) = 0;

  // Keys in [begin, end) in order, at most `limit` of them and at most `max_bytes` of keys and
  // values (at least one is returned if there is any). An empty `end` means: to the end of the
  // store.
  [[nodiscard]] virtual Awaitable<Result<std::vector<KeyValue>>> scan(std::string begin,
                                                                      std::string end,
                                                                      std::size_t limit,
                                                                      std::size_t max_bytes) = 0;

  // All or nothing; durable (synced) when it completes with a value. kConflict: a precondition did
  // not hold, nothing was written. kIo: writing or syncing failed; from then on every commit
  // answers kUnavailable until the engine is opened again, since what reached the disk is unknown.
  // Batches that wait together are written with one sync, in the order in which commit() was
  // called.
  [[nodiscard]] virtual Awaitable<Result<void>> commit(Batch batch) = 0;

  // Anything but kGood stays until the engine is opened again; reads go on. From any thread.
  [[nodiscard]] virtual Health health() const = 0;
};

}  // namespace xom::storage
