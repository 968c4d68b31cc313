// The parent's side of the links: gives certified children what they are missing, then what is new.
#pragma once

#include <set>
#include <vector>

#include "federation/log_feed.h"
#include "federation/secure_link.h"
#include "protocol/trust/verifier.h"
#include "storage/log_store.h"

namespace xom::federation {

// Serves any number of children on one executor. What is sent is always read from the log after the
// child's cursor, so a slow child costs one page of memory and nobody else waits for it.
class Downlink {
 public:
  Downlink(storage::LogStore& store, const trust::Verifier& verifier, LogFeed& feed,
           LinkIdentity self, crypto::Random& random);
  ~Downlink();  // no serve() may be under way
  Downlink(const Downlink&) = delete;
  Downlink& operator=(const Downlink&) = delete;

  // Handshake with what has dialled /link, then serves it until it ends; answers why. A child whose
  // node key is not certified by this node is told kNotPermitted, a revoked one kRevoked (also in
  // the middle of a link), and gets nothing. kUnavailable: the child finished, or stop().
  [[nodiscard]] Awaitable<Result<void>> serve(ChannelPtr channel);

  // Ends all links in good order and refuses new ones; every serve() then completes soon.
  void stop();

  // Children that are connected now.
  [[nodiscard]] std::vector<PeerIdentity> children() const;

 private:
  class Session;
  storage::LogStore& store_;
  const trust::Verifier& verifier_;
  LogFeed& feed_;
  LinkIdentity self_;
  crypto::Random& random_;
  std::set<Session*> sessions_;
  bool stopping_ = false;
};

}  // namespace xom::federation
