// What a Verifier can be asked: nodes, units, offices, alerts.
#include <algorithm>

#include "protocol/base/sort.h"
#include "protocol/trust/rules.h"
#include "protocol/trust/verifier.h"

namespace xom::trust {

namespace {

NodeInfo info_of(const Tree& tree, const NodeState& node) {
  NodeInfo info;
  info.id = node.id;
  const CertificateRecord& shown = node.shown();
  info.name = shown.certificate.name;
  info.level = shown.certificate.level;
  const auto parent = tree.standing_under(node.id, std::nullopt);
  info.revoked = !parent;
  const NodeId issuer = parent ? *parent : shown.certificate.issuer;
  if (issuer != node.id) info.parent = issuer;
  for (const CertificateRecord& record : node.certificates) {
    if (raw(record.revoked) == 0 && record.certificate.issuer == issuer) {
      info.node_keys.push_back(record.certificate.node_key);
    }
  }
  return info;
}

void collect(const NodeState& node, const AppointmentRecord& record, TimeMs at,
             std::vector<HeldOffice>& out) {
  if (!record.in_force(node.official.cursor.seq, at)) return;
  out.push_back({node.id, record.id, record.seq, record.appointment});
}

// Which later official alert of the same status speaks of this one and of all its areas?
std::optional<AlertId> newest_about(const NodeState& node, const Alert& alert, MsgType type) {
  for (auto it = node.alerts.rbegin(); it != node.alerts.rend(); ++it) {
    const Alert& other = it->alert;
    if (other.msg_type == type && other.status == alert.status &&
        std::ranges::find(other.references, alert.id) != other.references.end() &&
        areas_cover(node, other.areas, alert.areas)) {
      return other.id;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<NodeInfo> Verifier::root() const {
  const auto& id = tree().root();
  return id ? node(*id) : std::nullopt;
}

std::optional<NodeInfo> Verifier::node(const NodeId& id) const {
  const NodeState* node = tree().find(id);
  if (node == nullptr) return std::nullopt;
  return info_of(tree(), *node);
}

std::vector<NodeInfo> Verifier::nodes() const {
  std::vector<const NodeState*> order;
  for (const auto& [id, node] : tree().nodes()) order.push_back(&node);
  sort(order, [](const NodeState* a, const NodeState* b) {
    return std::pair(a->depth, a->id) < std::pair(b->depth, b->id);
  });
  std::vector<NodeInfo> out;
  for (const NodeState* node : order) out.push_back(info_of(tree(), *node));
  return out;
}

std::optional<NodeId> Verifier::node_of_log(const LogId& log) const {
  const auto place = tree().place_of(log);
  if (!place) return std::nullopt;
  return place->node;
}

bool Verifier::is_node_key(const NodeId& id, const NodeKey& key) const {
  return tree().stands_with_key(id, key, std::nullopt);
}

std::vector<Unit> Verifier::units(const NodeId& id) const {
  std::vector<Unit> out;
  if (const NodeState* node = tree().find(id)) {
    for (const auto& [name, unit] : node->units) out.push_back(unit);
  }
  return out;
}

std::vector<HeldOffice> Verifier::offices(const AccountKey& account, TimeMs at) const {
  std::vector<HeldOffice> out;
  for (const auto& [id, node] : tree().nodes()) {
    const auto [begin, end] = node.appointments_by_account.equal_range(account);
    if (begin == end || !tree().stands(id, at)) continue;
    for (auto it = begin; it != end; ++it) collect(node, node.appointments[it->second], at, out);
  }
  return out;
}

std::vector<HeldOffice> Verifier::offices_of_node(const NodeId& id, TimeMs at) const {
  std::vector<HeldOffice> out;
  const NodeState* node = tree().find(id);
  if (node == nullptr || !tree().stands(id, at)) return out;
  for (const AppointmentRecord& record : node->appointments) collect(*node, record, at, out);
  return out;
}

std::vector<AlertRecord> Verifier::alerts(const NodeId& id) const {
  std::vector<AlertRecord> out;
  const NodeState* node = tree().find(id);
  if (node == nullptr) return out;
  for (const AlertEntry& entry : node->alerts) {
    out.push_back({entry.verdict, entry.alert, newest_about(*node, entry.alert, MsgType::kCancel),
                   newest_about(*node, entry.alert, MsgType::kUpdate)});
  }
  return out;
}

}  // namespace xom::trust
