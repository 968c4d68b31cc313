// Walks over all logs in the background and trims what is past its time.
#pragma once

#include <functional>
#include <optional>

#include "server/clock.h"
#include "server/retention/policy.h"
#include "storage/log_store.h"

namespace xom::server {

// What all logs held when a round over them ended.
struct HeldInAll {
  std::uint64_t entries = 0;
  std::uint64_t payload = 0;  // bytes
};

class Trimmer {
 public:
  // Logs that are kept whole whatever stands in them: another node may put an entry of any kind
  // into its public logs, of which this one holds mirrors.
  using Whole = std::function<bool(const LogId&)>;
  Trimmer(storage::LogStore& store, const Clock& clock, Retention keep, Whole whole)
      : store_(store), clock_(clock), keep_(keep), whole_(std::move(whole)) {}

  // Looks at the next logs, at most limits::kTrimLogs of them, and trims at most one step
  // (storage::limits::kTrimStep) of one; the next call goes on there. True: a round over all logs
  // has ended. An error leaves everything as it is; what failed is tried again in the next round.
  // One call at a time.
  [[nodiscard]] storage::Awaitable<Result<bool>> step();

  // Of the last round that ended.
  [[nodiscard]] const HeldInAll& held() const { return held_; }
  // Entries trimmed since the start.
  [[nodiscard]] std::uint64_t trimmed() const { return trimmed_; }

 private:
  // What has gone of this log; 0: nothing is to go.
  storage::Awaitable<Result<std::uint64_t>> trim_some(storage::HeldLog log);

  storage::LogStore& store_;
  const Clock& clock_;
  Retention keep_;
  Whole whole_;
  std::optional<LogId> done_;  // up to this log, in this round
  HeldInAll counting_;
  HeldInAll held_;
  std::uint64_t trimmed_ = 0;
};

}  // namespace xom::server
