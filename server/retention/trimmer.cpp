#include "server/retention/trimmer.h"

#include "server/limits.h"
#include "storage/limits.h"

namespace xom::server {

using storage::Awaitable;
using storage::HeldLog;

Awaitable<Result<bool>> Trimmer::step() {
  auto logs = co_await store_.logs(done_, limits::kTrimLogs);
  if (!logs) co_return std::unexpected(logs.error());
  for (const HeldLog& log : *logs) {
    auto gone = co_await trim_some(log);
    if (gone && *gone > 0) {
      trimmed_ += *gone;
      co_return false;
    }
    done_ = log.log;
    counting_.entries += raw(log.state.head.seq) + 1 - raw(log.state.first);
    counting_.payload += log.bytes;
    if (!gone) co_return std::unexpected(gone.error());
  }
  if (logs->size() == limits::kTrimLogs) co_return false;
  held_ = std::exchange(counting_, {});
  done_.reset();
  co_return true;
}

Awaitable<Result<std::uint64_t>> Trimmer::trim_some(HeldLog log) {
  constexpr std::uint64_t kNothing = 0;
  if (log.state.first > log.state.head.seq || whole_(log.log)) co_return kNothing;
  const Seq before{raw(log.state.first) - 1};
  // Most logs have nothing to trim, and their oldest entry says so.
  auto oldest = co_await store_.read(log.log, before, 1, 1);
  if (!oldest) co_return std::unexpected(oldest.error());
  if (oldest->empty()) co_return kNothing;
  const auto of = class_of(oldest->front().kind);
  if (!of) co_return kNothing;
  const Keep& keep = keep_[static_cast<std::size_t>(*of)];
  auto last = last_to_go(keep, *oldest, log.bytes, clock_.now());
  if (!last) co_return std::unexpected(last.error());
  if (!*last) co_return kNothing;

  oldest = co_await store_.read(log.log, before, storage::limits::kTrimStep, limits::kPageBytes);
  if (!oldest) co_return std::unexpected(oldest.error());
  last = last_to_go(keep, *oldest, log.bytes, clock_.now());
  if (!last) co_return std::unexpected(last.error());
  if (!*last) co_return kNothing;
  const Seq up_to = **last;
  auto trimmed = co_await store_.trim(log.log, up_to);
  if (!trimmed) co_return std::unexpected(trimmed.error());
  co_return raw(up_to) - raw(before);
}

}  // namespace xom::server
