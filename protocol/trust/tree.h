// What a Verifier knows: nodes with their certificates, units and appointments. Internal to this
// folder.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/trust/entry_header.h"
#include "protocol/trust/verdict.h"

namespace xom::trust {

// `seq` and `revoked` are numbers in the issuer's official log; revoked 0: still good.
struct CertificateRecord {
  Certificate certificate;
  StatementId id;
  Seq seq{0};
  Seq revoked{0};
};
struct AppointmentRecord {
  Appointment appointment;
  StatementId id;
  Seq seq{0};
  Seq revoked{0};
  // In force after entry `at_seq` of official, at time `at`?
  [[nodiscard]] bool in_force(Seq at_seq, TimeMs at) const {
    return seq <= at_seq && (raw(revoked) == 0 || revoked > at_seq) &&
           in_window(at, appointment.not_before, appointment.expires);
  }
};
struct AlertEntry {
  Verdict verdict;
  Alert alert;
};

// Where the replay of one log stands.
struct Chain {
  LogId log;
  Cursor cursor;
  std::deque<Hash> recent;       // header hashes up to the cursor, newest last
  std::optional<LogHead> ahead;  // newest signed head beyond the cursor
  TimeMs heard{};
  std::map<AccountKey, std::uint64_t>
      list_versions;      // highest device list seen, of accounts in office
  std::set<AlertId> ids;  // of alerts or posts that were official
  Seq official_seq{0};    // posts: the highest one named so far

  // Hash of the header with this number, if it is still remembered.
  [[nodiscard]] std::optional<Hash> hash_at(Seq seq) const;
  void advance(const CheckedHeader& checked);
};

struct NodeState {
  NodeId id;
  std::size_t depth = 0;                        // 0: the root
  std::vector<CertificateRecord> certificates;  // in the order of acceptance
  std::map<std::string, Unit> units;
  std::vector<AppointmentRecord> appointments;
  std::map<StatementId, std::size_t> appointment_by_id;
  std::multimap<AccountKey, std::size_t> appointments_by_account;
  std::deque<AlertEntry> alerts;
  Chain official;
  Chain posts;

  // Is `unit` the unit `ancestor` or below it?
  [[nodiscard]] bool within(const std::string& unit, const std::string& ancestor) const;
  // Number of units from `unit` up to the node; 0 for the node itself.
  [[nodiscard]] std::size_t unit_depth(const std::string& unit) const;
  // The certificate to show: the newest that is not revoked, else the newest.
  [[nodiscard]] const CertificateRecord& shown() const;
  void add_appointment(AppointmentRecord record);
};

class Tree {
 public:
  explicit Tree(const Hash& pin) : pin_(pin) {}

  [[nodiscard]] const Hash& pin() const { return pin_; }
  [[nodiscard]] const std::optional<NodeId>& root() const { return root_; }
  [[nodiscard]] const std::map<NodeId, NodeState>& nodes() const { return nodes_; }
  [[nodiscard]] const NodeState* find(const NodeId& id) const;
  [[nodiscard]] NodeState* find(const NodeId& id);

  struct Place {
    NodeId node;
    bool posts = false;
  };
  [[nodiscard]] std::optional<Place> place_of(const LogId& log) const;
  [[nodiscard]] const Chain& chain(const Place& place) const;
  [[nodiscard]] Chain& chain(const Place& place);

  // A certificate that was judged good; makes the node known, the first one the root.
  void add_certificate(CertificateRecord record);
  // The node that `id` stands under: of those that certified it, stand themselves and did not
  // revoke, the one nearest to the root, then the first. So a node cannot adopt what a node above
  // it has certified. The root stands under itself. With `at`, certificates out of their time do
  // not count.
  [[nodiscard]] std::optional<NodeId> standing_under(const NodeId& id,
                                                     std::optional<TimeMs> at) const;
  [[nodiscard]] bool stands(const NodeId& id, std::optional<TimeMs> at) const {
    return standing_under(id, at).has_value();
  }
  // As stands(), and a certificate by that issuer names this node key.
  [[nodiscard]] bool stands_with_key(const NodeId& id, const NodeKey& key,
                                     std::optional<TimeMs> at) const;
  // May this key continue the chains of `id`? Also a revoked one, whose entries are then not
  // official; not one that only a node other than standing_under() names.
  [[nodiscard]] bool may_sign_headers(const NodeId& id, const NodeKey& key) const;
  // Did `parent` certify `child`, did not revoke it, and is it the one that the child stands under?
  [[nodiscard]] bool is_child(const NodeId& parent, const NodeId& child) const;
  // The certificate that `issuer` gave under this id.
  [[nodiscard]] CertificateRecord* certificate(const NodeId& issuer, const StatementId& id);
  [[nodiscard]] const CertificateRecord* certificate(const NodeId& issuer,
                                                     const StatementId& id) const;

 private:
  [[nodiscard]] std::optional<NodeId> search(const NodeId& id, std::optional<TimeMs> at,
                                             std::map<NodeId, std::optional<NodeId>>& known) const;

  Hash pin_;
  std::optional<NodeId> root_;
  std::map<NodeId, NodeState> nodes_;
  std::map<LogId, Place> logs_;
};

}  // namespace xom::trust
