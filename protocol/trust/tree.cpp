#include "protocol/trust/tree.h"

#include <algorithm>

#include "protocol/trust/limits.h"
#include "protocol/trust/log_ids.h"

namespace xom::trust {

std::optional<Hash> Chain::hash_at(Seq seq) const {
  if (raw(seq) == 0) return Hash{};
  if (seq > cursor.seq) return std::nullopt;
  const std::uint64_t back = raw(cursor.seq) - raw(seq);
  if (back >= recent.size()) return std::nullopt;
  return recent[recent.size() - 1 - static_cast<std::size_t>(back)];
}

void Chain::advance(const CheckedHeader& checked) {
  cursor = Cursor{checked.header.seq, checked.hash};
  recent.push_back(checked.hash);
  if (recent.size() > kRecentHeaders) recent.pop_front();
  heard = std::max(heard, checked.header.time);
  if (ahead && ahead->seq <= cursor.seq) ahead.reset();
}

bool NodeState::within(const std::string& unit, const std::string& ancestor) const {
  std::string at = unit;
  for (std::size_t i = 0; i <= kMaxDepth && !at.empty(); ++i) {
    if (at == ancestor) return true;
    const auto it = units.find(at);
    if (it == units.end()) return false;
    at = it->second.parent;
  }
  return false;
}

std::size_t NodeState::unit_depth(const std::string& unit) const {
  std::size_t depth = 0;
  for (std::string at = unit; !at.empty() && depth <= kMaxDepth; ++depth) {
    const auto it = units.find(at);
    if (it == units.end()) break;
    at = it->second.parent;
  }
  return depth;
}

const CertificateRecord& NodeState::shown() const {
  for (auto it = certificates.rbegin(); it != certificates.rend(); ++it) {
    if (raw(it->revoked) == 0) return *it;
  }
  return certificates.back();
}

void NodeState::add_appointment(AppointmentRecord record) {
  appointment_by_id.emplace(record.id, appointments.size());
  appointments_by_account.emplace(record.appointment.account, appointments.size());
  appointments.push_back(std::move(record));
}

const NodeState* Tree::find(const NodeId& id) const {
  const auto it = nodes_.find(id);
  return it == nodes_.end() ? nullptr : &it->second;
}

NodeState* Tree::find(const NodeId& id) {
  const auto it = nodes_.find(id);
  return it == nodes_.end() ? nullptr : &it->second;
}

std::optional<Tree::Place> Tree::place_of(const LogId& log) const {
  const auto it = logs_.find(log);
  if (it == logs_.end()) return std::nullopt;
  return it->second;
}

const Chain& Tree::chain(const Place& place) const {
  const NodeState& node = nodes_.at(place.node);
  return place.posts ? node.posts : node.official;
}

Chain& Tree::chain(const Place& place) {
  NodeState& node = nodes_.at(place.node);
  return place.posts ? node.posts : node.official;
}

void Tree::add_certificate(CertificateRecord record) {
  const NodeId id = record.certificate.authority;
  const NodeId issuer = record.certificate.issuer;
  auto [it, is_new] = nodes_.try_emplace(id);
  NodeState& node = it->second;
  if (is_new) {
    if (id == issuer) root_ = id;
    const NodeState* parent = id == issuer ? nullptr : find(issuer);
    node.id = id;
    node.depth = parent == nullptr ? 0 : parent->depth + 1;
    node.official.log = official_log(id);
    node.posts.log = posts_log(id);
    logs_.emplace(node.official.log, Place{id, false});
    logs_.emplace(node.posts.log, Place{id, true});
  }
  node.certificates.push_back(std::move(record));
}

// Depth-first towards the root. `known` makes it linear, and ends it where nodes certify each other
// in a circle.
std::optional<NodeId> Tree::search(const NodeId& id, std::optional<TimeMs> at,
                                   std::map<NodeId, std::optional<NodeId>>& known) const {
  const NodeState* node = find(id);
  if (node == nullptr) return std::nullopt;
  const auto [memo, is_new] = known.try_emplace(id);
  if (!is_new) return memo->second;
  const NodeState* best = nullptr;
  for (const CertificateRecord& record : node->certificates) {
    const Certificate& c = record.certificate;
    if (raw(record.revoked) != 0) continue;
    if (at && !in_window(*at, c.not_before, c.expires)) continue;
    const NodeState* issuer = find(c.issuer);
    if (issuer == nullptr || (best != nullptr && best->depth <= issuer->depth)) continue;
    if (issuer == node || search(c.issuer, at, known)) best = issuer;
  }
  if (best != nullptr) memo->second = best->id;
  return memo->second;
}

std::optional<NodeId> Tree::standing_under(const NodeId& id, std::optional<TimeMs> at) const {
  std::map<NodeId, std::optional<NodeId>> known;
  return search(id, at, known);
}

bool Tree::stands_with_key(const NodeId& id, const NodeKey& key, std::optional<TimeMs> at) const {
  const auto issuer = standing_under(id, at);
  if (!issuer) return false;
  return std::ranges::any_of(find(id)->certificates, [&](const CertificateRecord& record) {
    const Certificate& c = record.certificate;
    return c.issuer == *issuer && c.node_key == key && raw(record.revoked) == 0 &&
           (!at || in_window(*at, c.not_before, c.expires));
  });
}

bool Tree::may_sign_headers(const NodeId& id, const NodeKey& key) const {
  const NodeState* node = find(id);
  if (node == nullptr) return false;
  const auto issuer = standing_under(id, std::nullopt);
  return std::ranges::any_of(node->certificates, [&](const CertificateRecord& record) {
    const bool counts = !issuer || record.certificate.issuer == *issuer || raw(record.revoked) != 0;
    return counts && record.certificate.node_key == key;
  });
}

bool Tree::is_child(const NodeId& parent, const NodeId& child) const {
  return child != parent && standing_under(child, std::nullopt) == parent;
}

const CertificateRecord* Tree::certificate(const NodeId& issuer, const StatementId& id) const {
  for (const auto& [node_id, node] : nodes_) {
    for (const CertificateRecord& record : node.certificates) {
      if (record.certificate.issuer == issuer && record.id == id) return &record;
    }
  }
  return nullptr;
}

CertificateRecord* Tree::certificate(const NodeId& issuer, const StatementId& id) {
  return const_cast<CertificateRecord*>(std::as_const(*this).certificate(issuer, id));
}

}  // namespace xom::trust
