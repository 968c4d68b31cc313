// From a client's request to its answer. Knows nothing of sockets or queues.
#pragma once

#include "server/sessions/reading.h"

namespace xom::server {

class Dispatch {
 public:
  explicit Dispatch(const Services& services) : services_(services), reading_(services) {}

  // The value to answer with; its id is the caller's to set. `subscriber` is whom the hub will push
  // to.
  [[nodiscard]] storage::Awaitable<Result<wire::ServerFrame>> handle(Peer& peer,
                                                                     Subscriber& subscriber,
                                                                     wire::ClientFrame frame);

  [[nodiscard]] wire::ServerFrame challenge(const Peer& peer) const;

 private:
  using Answer = storage::Awaitable<Result<wire::ServerFrame>>;
  Answer hello(Peer& peer, const wire::Hello& request);
  Answer enter(Peer& peer, const wire::Register& request);
  Answer welcomed(Peer& peer, Result<Caller> caller);
  Answer key_packages(const Peer& peer, const wire::ClientFrame& frame);
  Answer group(const Peer& peer, const wire::ClientFrame& frame);
  storage::Awaitable<Result<Committed>> change(const Caller& caller,
                                               const wire::ClientFrame& frame);
  Answer read(const Peer& peer, Subscriber& subscriber, const wire::ClientFrame& frame);
  Answer submit(const wire::Submit& request);
  Answer about(const Peer& peer, const wire::ClientFrame& frame);

  const Services& services_;
  Reading reading_;
};

}  // namespace xom::server
