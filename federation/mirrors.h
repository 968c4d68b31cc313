// Logs of the nodes above, kept here: each entry is verified before it is written.
#pragma once

#include <vector>

#include "federation/frames.h"
#include "federation/log_feed.h"
#include "federation/message_channel.h"

namespace xom::federation {

// The verifier is shared with the rest of the node. It may be ahead of the disk by entries that
// could not be written, and is behind it after a start until follow() has replayed them; both are
// evened out here, so whoever else feeds it must leave mirrored logs alone.
class Mirrors {
 public:
  Mirrors(storage::LogStore& store, trust::Verifier& verifier, HeadSink& heads);

  // Where our copy of a log stands, after what is on disk has been fed to the verifier.
  // kNotPermitted: it is not a log of a node above `self`, or an id that is not that node's;
  // kForked: our disk contradicts what was verified.
  [[nodiscard]] Awaitable<Result<Cursor>> follow(OfferedLog offered, NodeId self);

  // The next entries of a followed log: verified in order, then written; what comes before the
  // first bad one is kept. Repeats are skipped. Errors of trust::Verifier::feed and
  // LogStore::append_verbatim, kTooLarge over a page. A well-placed entry whose statement is not
  // official is mirrored too (its number is needed, readers judge it alike).
  [[nodiscard]] Awaitable<Result<void>> accept(LogId log, std::vector<storage::LogEntry> entries);

  // A Statement(LOG_HEAD) of a followed log. Errors of trust::Verifier::feed_head, kMalformed: of
  // another log.
  [[nodiscard]] Result<void> accept_head(const LogId& log, ByteView statement);

 private:
  Awaitable<Result<void>> replay(LogId log, Seq until);
  Result<void> feed(const LogId& log, const storage::LogEntry& entry);

  storage::LogStore& store_;
  trust::Verifier& verifier_;
  HeadSink& heads_;
};

// At a start: feeds the logs on disk of every node from the root down to `self` to an empty
// verifier. Ends without an error where the chain is not complete yet. Errors of the store and of
// the verifier.
[[nodiscard]] Awaitable<Result<void>> replay_tree(storage::LogStore& store,
                                                  trust::Verifier& verifier, NodeId root,
                                                  NodeId self);

}  // namespace xom::federation
