// Decides what is official, by replaying the public logs of a tree of nodes from its pinned root.
// The same code runs in the node, in the tools and in the browser.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/trust/entry_header.h"
#include "protocol/trust/verdict.h"

namespace xom::trust {

class Tree;

struct NodeInfo {
  NodeId id;
  std::optional<NodeId> parent;    // absent at the root
  std::vector<NodeKey> node_keys;  // certified and not revoked, newest last
  std::string name;
  std::string level;
  bool revoked = false;  // it or one above it: nothing newly received from it is official
};

struct HeldOffice {
  NodeId node;
  StatementId statement;
  Seq seq{0};  // in the node's official log
  Appointment appointment;
};

struct AlertRecord {
  Verdict verdict;  // official
  Alert alert;
  std::optional<AlertId> cancelled_by;  // newest official CANCEL that covers it
  std::optional<AlertId> updated_by;
};

struct Freshness {
  TimeMs heard{};        // newest header or head of this log; 0: never
  bool stale = true;     // older than 60 minutes, or never heard
  bool missing = false;  // a signed head is ahead of what was fed
};

// Pure and deterministic: what it says depends only on what was fed and in which order per log. Not
// thread-safe. Memory is bounded by trust/limits.h.
class Verifier {
 public:
  // `root`: SHA-256 of the root's authority key (log_ids.h, root_fingerprint).
  explicit Verifier(const Hash& root);
  ~Verifier();
  Verifier(Verifier&&) noexcept;
  Verifier& operator=(Verifier&&) noexcept;

  // Feeds the next entry of an `official` or `posts` log. With an error the entry is not consumed
  // and nothing changed: kNotFound: nobody fed so far certifies this log (feed the parent's first);
  // kAlreadyExists: this very entry was fed before; kMalformed, kBadSignature, kUntrusted (header
  // not signed by a certified key), kForked; kUnavailable: a post is under an entry of `official`
  // not fed yet (detail: its seq). A statement that breaks a rule in a good entry gives a Verdict
  // with official = false, and the log goes on.
  [[nodiscard]] Result<Verdict> feed(const LogId& log, const EntryView& entry);

  // What feed() would say if this statement were the next entry of the log with this header time;
  // changes nothing. For nodes before they append, and for publishers before they send. The
  // verdict's seq is the next, its header hash zero.
  [[nodiscard]] Result<Verdict> check(const LogId& log, ByteView statement, TimeMs now) const;

  // A Statement(LOG_HEAD) of a known log. kForked if it contradicts an entry that was fed (recent
  // ones are remembered); a head that is ahead is remembered and must match when feed() gets there.
  // An older head than the newest is no error.
  [[nodiscard]] Result<LogHead> feed_head(ByteView statement);

  [[nodiscard]] Cursor cursor(const LogId& log) const;  // start if unknown
  [[nodiscard]] Freshness freshness(const LogId& log, TimeMs now) const;
  // Newest time that any certified node has signed: the real clock is not before it.
  [[nodiscard]] TimeMs clock_lower_bound() const;

  [[nodiscard]] std::optional<NodeInfo> root() const;
  [[nodiscard]] std::optional<NodeInfo> node(const NodeId& id) const;
  [[nodiscard]] std::vector<NodeInfo> nodes() const;  // root first, parents before children
  [[nodiscard]] std::optional<NodeId> node_of_log(const LogId& log) const;
  [[nodiscard]] bool is_node_key(const NodeId& id,
                                 const NodeKey& key) const;       // certified, nothing revoked
  [[nodiscard]] std::vector<Unit> units(const NodeId& id) const;  // in order of id
  // Offices held at that time and not revoked, in nodes that are not revoked.
  [[nodiscard]] std::vector<HeldOffice> offices(const AccountKey& account, TimeMs at) const;
  [[nodiscard]] std::vector<HeldOffice> offices_of_node(const NodeId& id, TimeMs at) const;
  // Newest last, at most kMaxAlertsPerNode; expired and cancelled ones included (shown grey, not
  // hidden).
  [[nodiscard]] std::vector<AlertRecord> alerts(const NodeId& id) const;

 private:
  struct State;
  [[nodiscard]] const Tree& tree() const;
  std::unique_ptr<State> state_;
};

}  // namespace xom::trust
