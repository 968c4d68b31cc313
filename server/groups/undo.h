// How the newest commit of a group is taken back (RULES, "What a commit is judged by"): kept beside
// the group from the commit until the next one. It counts as long as the log's epoch is open by the
// committer's account: until another one wrote a message or a commit after it (LogState::open_by).
#pragma once

#include <optional>
#include <vector>

#include "server/groups/commit_check.h"
#include "server/groups/public_state.h"

namespace xom::server {

struct Undo {
  Epoch epoch{0};  // the one that the commit ended
  Hash commit;     // SHA-256 of the entry's payload
  Seq seq{0};      // of the entry
  DeviceKey committer;
  std::string group_info;             // of `epoch`; empty: not known (entries were handed back)
  Overlay state;                      // records of the PublicGroup as they were
  std::vector<Member> seats;          // members that the commit removed or moved, as they were
  std::vector<DeviceKey> added;       // in the group by the commit, re-entries too
  std::vector<StatementId> vouchers;  // one for each leaf that was counted
  Seq began{0};                       // the entry with which `epoch` began; 0: not known

  [[nodiscard]] bool had_seat(const DeviceKey& device) const;
  [[nodiscard]] bool let_in(const DeviceKey& device) const;
  // Lost their place by the undoing.
  [[nodiscard]] std::vector<DeviceKey> newcomers() const;
  [[nodiscard]] std::string encode() const;
  // nullopt: a used one.
  [[nodiscard]] static Result<std::optional<Undo>> decode(const std::string& value);
};

// All but `seq`, `group_info` and `began`.
[[nodiscard]] Undo undo_of(const LogId& group, const mls::PublicGroup& before,
                           const Roster& members, const CheckedCommit& change,
                           const DeviceKey& committer, ByteView commit);

// nullopt: nothing was committed yet, or it was taken back.
[[nodiscard]] storage::Awaitable<Result<std::optional<Undo>>> load_undo(storage::Engine& engine,
                                                                        LogId group);

// What is stored in the place of an undo once it was used by the entry `seq`. So the record is
// another after every change of a group, and what was worked out before one has lost the race.
[[nodiscard]] std::string used_undo(Seq seq);

// Adds to `batch` what makes tree, roster and GroupInfo what they were; not used_undo().
void put_back(storage::Batch& batch, const LogId& group, const Undo& undo);

}  // namespace xom::server
