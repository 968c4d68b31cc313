// Logs for readers: who may read what from where, open, fetch, hand back.
#pragma once

#include "server/sessions/services.h"

namespace xom::server {

class Reading {
 public:
  explicit Reading(const Services& services) : services_(services) {}

  // Subscribes and says where this reader stands. kNotPermitted, kUnauthenticated, kTooLarge (too
  // many open logs), kRewound, kForked, kTrimmed.
  [[nodiscard]] storage::Awaitable<Result<wire::Opened>> open(const Peer& peer,
                                                              Subscriber& subscriber,
                                                              wire::Open request);
  [[nodiscard]] storage::Awaitable<Result<wire::Entries>> fetch(const Peer& peer,
                                                                wire::Fetch request);
  [[nodiscard]] storage::Awaitable<Result<void>> restore(const Peer& peer, wire::Restore request);
  [[nodiscard]] Result<void> close(Subscriber& subscriber, const wire::Close& request);
  [[nodiscard]] storage::Awaitable<Result<wire::Logs>> list(const Peer& peer);

 private:
  storage::Awaitable<Result<Cursor>> start_of(const Peer& peer, LogId log);
  // Before the first entry held; nullopt if nothing after `at` was trimmed.
  storage::Awaitable<Result<std::optional<Cursor>>> held_from(LogId log, Seq at,
                                                              storage::LogState state);

  const Services& services_;
};

}  // namespace xom::server
