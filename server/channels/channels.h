// The public logs: official and posts of this node, mirrors of those above. What is said in them is
// judged by the same Verifier as in the browser, before it is appended.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "client.pb.h"
#include "federation/frames.h"
#include "federation/log_feed.h"
#include "protocol/trust/verifier.h"
#include "server/clock.h"
#include "server/gate.h"
#include "server/hub/hub.h"
#include "storage/log_store.h"

namespace xom::server {

// Also the store's listener for all logs: durable entries go from here to the verifier, the hub and
// the links.
class Channels final : public storage::AppendListener,
                       public federation::LogFeed,
                       public federation::HeadSink {
 public:
  Channels(boost::asio::any_io_executor executor, storage::Engine& engine, storage::LogStore& store,
           trust::Verifier& verifier, Hub& hub, const Clock& clock, NodeId self,
           const crypto::SigningKey& node_key);

  // A statement of the authority's kinds, an alert or a post of this node: appended if it is
  // official at its place. A statement that stands there already answers with its first place.
  // Errors: what the verifier objects.
  [[nodiscard]] storage::Awaitable<Result<storage::Appended>> submit(Bytes statement);

  // Does this kind go to a public log?
  [[nodiscard]] static bool takes(trust::Kind kind);

  // Entries of this node's public logs that it has lost, handed back by a reader.
  [[nodiscard]] storage::Awaitable<Result<void>> restore(LogId log,
                                                         std::vector<storage::LogEntry> entries);

  // Official and posts of every node from the root down to this one; of this one alone while it is
  // not certified.
  [[nodiscard]] std::vector<federation::OfferedLog> logs() const;
  [[nodiscard]] bool is_public(const LogId& log) const;

  // Signs new heads of this node's logs and tells everybody; every 10 minutes (RULES) and at the
  // start.
  [[nodiscard]] storage::Awaitable<Result<void>> sign_heads();

  void appended(const LogId& log, const storage::LogEntry& entry) override;
  void add(Listener& listener) override { listeners_.insert(&listener); }
  void remove(Listener& listener) override { listeners_.erase(&listener); }
  [[nodiscard]] Bytes signed_head(const LogId& log) override;
  void mirrored_head(const LogId& log, ByteView statement) override;

 private:
  [[nodiscard]] bool is_own(const LogId& log) const { return log == official_ || log == posts_; }
  void sign_head(const LogId& log, const Cursor& head);
  storage::Awaitable<Result<std::optional<storage::Appended>>> find_placed(LogId log,
                                                                           StatementId id);

  storage::Engine& engine_;
  storage::LogStore& store_;
  trust::Verifier& verifier_;
  Hub& hub_;
  const Clock& clock_;
  NodeId self_;
  const crypto::SigningKey& node_key_;
  LogId official_;
  LogId posts_;
  Gate gate_;  // one statement at a time: the next is judged by what the one before has changed
  std::map<LogId, Bytes> heads_;
  std::set<Listener*> listeners_;
};

}  // namespace xom::server
