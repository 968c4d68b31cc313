// Turns operations that wait together into one batch: numbers them, makes their headers, finds
// retries.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/head_cache.h"
#include "storage/log_records.h"
#include "storage/log_store.h"

namespace xom::storage {

// Later operations see the earlier ones; one that is refused leaves no trace. Nothing is written
// here: the caller commits batch(), then calls committed(). A plan is used once, and while no other
// plan of the same store is being committed.
class GroupPlan {
 public:
  GroupPlan(Engine& engine, HeadCache& heads, HeaderSigner& signer)
      : engine_(engine), heads_(heads), signer_(signer) {}

  // As LogStore::append. The operation must outlive the call.
  [[nodiscard]] Awaitable<Result<std::vector<Appended>>> add(const AppendOperation& operation);

  // As LogStore::append_verbatim.
  [[nodiscard]] Awaitable<Result<LogState>> add_verbatim(const LogId& log,
                                                         const std::vector<LogEntry>& entries,
                                                         const VerbatimExtras& extras);

  // Removes the next kTrimStep entries up to this number, at most; must be the first in its plan,
  // since it scans what the engine holds. The caller repeats it until `first` has passed `up_to` or
  // the head.
  [[nodiscard]] Awaitable<Result<LogState>> add_trim(const LogId& log, Seq up_to);

  [[nodiscard]] bool empty() const;
  [[nodiscard]] Batch batch();
  // Takes over the new heads into the cache.
  void committed();

  // What was appended, in order.
  [[nodiscard]] const std::vector<std::pair<LogId, LogEntry>>& appended() const {
    return group_.appended;
  }

 private:
  struct Changes {
    std::map<LogId, HeadRecord> heads;
    std::map<std::pair<LogId, DeviceKey>, WriterRecord> writers;
    std::map<std::string, std::optional<std::string>> writes;    // nullopt: delete
    std::map<std::string, std::optional<std::string>> expected;  // what the engine must still hold
    std::vector<std::pair<LogId, LogEntry>> appended;
    bool trims = false;
  };

  void merge(Changes changes);
  // What the key will hold after the changes so far, and whether the engine was asked.
  struct Value {
    std::optional<std::string> value;
    bool from_engine = false;
  };
  [[nodiscard]] Awaitable<Result<Value>> get(const Changes& changes, std::string key);
  // Pointers stay valid as long as `changes`.
  [[nodiscard]] Awaitable<Result<HeadRecord*>> head(Changes& changes, const LogId& log);
  [[nodiscard]] Awaitable<Result<WriterRecord*>> writer(Changes& changes, const LogId& log,
                                                        const DeviceKey& writer);

  [[nodiscard]] Awaitable<Result<std::optional<std::vector<Appended>>>> find_retry(
      Changes& changes, const AppendOperation& operation);
  [[nodiscard]] Awaitable<Result<Appended>> append_part(Changes& changes,
                                                        const AppendOperation::Part& part,
                                                        const std::vector<Appended>& before);
  [[nodiscard]] Awaitable<Result<Bytes>> header_of(const Changes& changes, const LogId& log,
                                                   Seq seq);
  [[nodiscard]] Awaitable<Result<void>> check(Changes& changes,
                                              const std::vector<Precondition>& preconditions);
  // Puts an entry that continues the log behind its head.
  static void place(Changes& changes, const LogId& log, HeadRecord& head, WriterRecord& writer,
                    LogEntry entry, const Hash& header_hash);

  Engine& engine_;
  HeadCache& heads_;
  HeaderSigner& signer_;
  Changes group_;
  std::map<LogId, std::string> encoded_heads_;
};

// kTooLarge or kMalformed unless an entry of this kind and size may be stored.
[[nodiscard]] Result<void> check_entry_form(std::uint32_t kind, std::size_t payload_bytes);

}  // namespace xom::storage
