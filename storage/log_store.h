// Logs on top of an Engine: append-only, numbered without gaps, hash-chained and signed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"
#include "storage/engine.h"

namespace xom::storage {

// What a log holds under one number. `header` is a statement.Statement(ENTRY_HEADER), exactly as
// signed.
struct LogEntry {
  Seq seq{0};
  Bytes header;
  std::uint32_t kind = 0;  // wire.EntryKind; opaque here
  DeviceKey writer;        // a node key where the node itself writes
  EntryId entry_id{0};
  Bytes payload;
};

// What a writer asks to append. The header is made by the store.
struct NewEntry {
  std::uint32_t kind = 0;
  DeviceKey writer;
  // 0: the writer's next, chosen by the store (for what the node itself writes).
  EntryId entry_id{0};
  Bytes payload;
};

struct LogState {
  Cursor head;   // last entry
  Seq first{1};  // first entry still held; first > head.seq in an empty or fully trimmed log
  std::uint64_t generation = 0;  // of a group: its MLS epoch
  Seq generation_began{0};       // with this entry; 0: none set it
  // Who began it, as long as nobody else has gone on from it (Part::author).
  std::optional<AccountKey> open_by;
};

struct HeldLog {
  LogId log;
  LogState state;
  std::uint64_t bytes = 0;  // of payload still held
};

struct Appended {
  LogId log;
  Seq seq{0};
  Bytes header;
  bool repeated = false;  // the writer's retry: this is the first result
};

// Entries for one or several logs and further writes, all or nothing.
struct AppendOperation {
  struct Part {
    LogId log;
    NewEntry entry;
    // Else kStaleEpoch with the present one in `detail`.
    std::optional<std::uint64_t> expected_generation;
    // A generation may come back: the one that began with this entry, where that is known. Else
    // kStaleEpoch as well.
    std::optional<Seq> expected_began;
    std::optional<std::uint64_t> next_generation;  // takes effect with this entry
    std::optional<Seq> next_began;  // of a next generation that comes back; else it is this entry
    // Whose entry this is: with a next generation it is open by them; else, if by somebody else, it
    // is open no more. nullopt: a next generation is not open, and the present one is left as it
    // is.
    std::optional<AccountKey> author;
    bool expected_open = false;           // the generation is open, else kStaleEpoch
    bool must_be_new = false;             // the log must have no entry yet, else kAlreadyExists
    std::optional<Cursor> expected_head;  // what the rest was worked out from, else kConflict
    // If set, makes the payload out of the results of the parts before this one (entry.payload is
    // ignored). Called as `finish` is: possibly again with new numbers, and never for a retry.
    std::function<Bytes(const std::vector<Appended>&)> make_payload;
  };
  std::vector<Part> parts;
  std::vector<Precondition> preconditions;  // kConflict if one does not hold
  std::vector<std::pair<std::string, std::string>> puts;
  std::vector<std::string> deletes;
  // May wait a little for others, so that one sync is for all of them (LogStore's `patience`).
  bool patient = false;
  // Called when the numbers are known and nothing else speaks against the operation, to add writes
  // that need them. Called again, with new numbers and an empty batch, if a race was lost. Not
  // called for a retry. Must not throw or block; preconditions that it adds are ignored.
  std::function<void(const std::vector<Appended>&, Batch&)> finish;
};

// What takes effect together with entries taken over as they are, or not at all.
struct VerbatimExtras {
  std::optional<std::uint64_t> generation;  // replaces that of the log
  Seq generation_began{0};                  // this and the next count with `generation`
  std::optional<AccountKey> open_by;
  std::optional<Cursor> expected_head;  // what the rest was worked out from, else kConflict
  std::vector<std::pair<std::string, std::string>> puts;
  std::vector<std::string> deletes;  // of other keys than the puts
};

// Signs headers and heads (the node key); an interface, so that tests can be without keys.
class HeaderSigner {
 public:
  virtual ~HeaderSigner() = default;
  // Statement(ENTRY_HEADER) over these fields, with the time of the node's clock.
  [[nodiscard]] virtual Bytes sign_header(const LogId& log, Seq seq, const Hash& previous,
                                          const Hash& entry_hash) = 0;
};

// Told of every entry after it is durable, in log order, on the store's executor.
class AppendListener {
 public:
  virtual ~AppendListener() = default;
  virtual void appended(const LogId& log, const LogEntry& entry) = 0;
};

// One store serves all logs of a node and lives on one executor (single-threaded); all calls are
// made there. Appends that arrive while a batch is being synced go into the next one together
// (group commit).
class LogStore {
 public:
  // `patience`: while only patient operations wait, and few of them, a batch begins no sooner than
  // this after the one before. So one that comes alone is written at once, and a steady stream
  // shares syncs.
  LogStore(Engine& engine, HeaderSigner& signer,
           std::chrono::milliseconds patience = std::chrono::milliseconds(0));
  ~LogStore();
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;

  // `listener` must outlive the store. At most one.
  void set_listener(AppendListener* listener);

  // Completes after the sync, with one result per part. Errors: kEntryGap (detail: the expected
  // entry id), kStaleEpoch (detail: present generation), kAlreadyExists, kConflict, kTooLarge,
  // kUnavailable. A retry (same writer and entry id) answers with the first result as long as it is
  // among the writer's last 64, even after trimming; older: kEntryGap. Since an operation is stored
  // whole or not at all, one repeated part makes the whole operation a retry: nothing is written,
  // and parts whose id the store chooses answer with seq 0.
  [[nodiscard]] Awaitable<Result<std::vector<Appended>>> append(AppendOperation operation);

  // Appends entries exactly as they are (a mirror of another node's log, or lost entries handed
  // back). The caller has verified signatures; this checks that they continue the log: numbers
  // without gap, each header's `previous` equal to the hash of the one before, entry hashes match.
  // Entries already held are skipped if equal, kForked if not (or if `previous` contradicts).
  // Answers with the new state. Errors else: kEntryGap (detail: the number expected), kMalformed (a
  // header of another log, or of another entry), kTooLarge. `extras` count only if anything new was
  // appended.
  [[nodiscard]] Awaitable<Result<LogState>> append_verbatim(LogId log,
                                                            std::vector<LogEntry> entries,
                                                            VerbatimExtras extras = {});

  // Entries after `after`, in order; at most `limit` and about `max_bytes` (at least one if there
  // is any). kTrimmed (detail: first seq left), kRewound if `after` is past the head.
  [[nodiscard]] Awaitable<Result<std::vector<LogEntry>>> read(LogId log, Seq after,
                                                              std::size_t limit,
                                                              std::size_t max_bytes);

  // State of a log; a log that has never been written is all zero with first = 1.
  [[nodiscard]] Awaitable<Result<LogState>> state(LogId log);

  // Logs with ids after `after` (nullopt: from the first) that were ever written, in the order of
  // their ids, at most `limit`.
  [[nodiscard]] Awaitable<Result<std::vector<HeldLog>>> logs(std::optional<LogId> after,
                                                             std::size_t limit);

  // ok if the log holds this cursor (or it is the start); kRewound if it is past the head (detail:
  // head seq), kForked if the hash at its number differs. A cursor in the trimmed part is accepted.
  [[nodiscard]] Awaitable<Result<void>> check_cursor(LogId log, Cursor cursor);

  // Last entry id of a writer in a log, 0 if none.
  [[nodiscard]] Awaitable<Result<EntryId>> last_entry_id(LogId log, DeviceKey writer);

  // Forgets entries with numbers <= up_to. Numbers, hashes and retry records stay.
  [[nodiscard]] Awaitable<Result<void>> trim(LogId log, Seq up_to);

  // Waits until nothing is in flight; later appends answer kUnavailable. Call it before the store
  // is destroyed, unless its executor runs no more.
  [[nodiscard]] Awaitable<void> close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with its own flusher only
};

}  // namespace xom::storage
