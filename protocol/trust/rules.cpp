#include "protocol/trust/rules.h"

#include <algorithm>

#include "protocol/trust/limits.h"
#include "protocol/trust/log_ids.h"
#include "protocol/trust/speech.h"
#include "protocol/trust/verified.h"

namespace xom::trust {

namespace {

std::unexpected<Error> untrusted(const char* why) { return fail(ErrorCode::kUntrusted, why); }

// An authority's kind: signed by the authority of the node whose log it stands in, and by nobody
// else.
template <class T>
Result<Verified<T>> open_authority(const Occasion& occasion, const Statement& statement) {
  auto opened = open_self_signed<T>(statement);
  if (!opened) return opened;
  if (opened->value.issuer != occasion.place.node) return untrusted("issuer of another log");
  return opened;
}

Result<Judgement> judge_certificate(const Tree& tree, const Occasion& occasion,
                                    const Statement& statement) {
  auto opened = open_authority<Certificate>(occasion, statement);
  if (!opened) return std::unexpected(opened.error());
  const Certificate& c = opened->value;
  const bool own = c.authority == c.issuer;
  if (own != (c.authority == tree.root())) {
    return untrusted(own ? "only the root certifies itself" : "the root has nobody above it");
  }
  if (raw(c.expires) != 0 && c.expires <= occasion.time) {
    return fail(ErrorCode::kExpired, "the certificate has expired");
  }
  if (tree.certificate(c.issuer, opened->id) != nullptr) {
    return fail(ErrorCode::kAlreadyExists, "this certificate is in the log already");
  }
  const NodeState* subject = tree.find(c.authority);
  const NodeState* issuer = tree.find(c.issuer);
  if (subject == nullptr && tree.nodes().size() >= kMaxNodes) {
    return fail(ErrorCode::kTooLarge, "too many nodes");
  }
  if (subject == nullptr && issuer->depth + 1 > kMaxDepth) {
    return fail(ErrorCode::kTooLarge, "tree of nodes too deep");
  }
  if (subject != nullptr && subject->certificates.size() >= kMaxCertificatesPerNode) {
    return fail(ErrorCode::kTooLarge, "too many certificates of one node");
  }
  return Judgement{.value = c, .signers = {}, .list_versions = {}};
}

Result<Judgement> judge_unit(const Tree& tree, const Occasion& occasion,
                             const Statement& statement) {
  auto opened = open_authority<Unit>(occasion, statement);
  if (!opened) return std::unexpected(opened.error());
  const Unit& unit = opened->value;
  const NodeState& node = *tree.find(occasion.place.node);
  if (!node.units.contains(unit.unit) && node.units.size() >= kMaxUnitsPerNode) {
    return fail(ErrorCode::kTooLarge, "too many units");
  }
  if (!unit.parent.empty()) {
    if (!node.units.contains(unit.parent)) {
      return fail(ErrorCode::kNotFound, "the unit's parent is unknown");
    }
    if (node.within(unit.parent, unit.unit)) return untrusted("units would form a circle");
    if (node.unit_depth(unit.parent) >= kMaxDepth) {
      return fail(ErrorCode::kTooLarge, "tree of units too deep");
    }
  }
  return Judgement{.value = unit, .signers = {}, .list_versions = {}};
}

Result<Judgement> judge_appointment(const Tree& tree, const Occasion& occasion,
                                    const Statement& statement) {
  auto opened = open_authority<Appointment>(occasion, statement);
  if (!opened) return std::unexpected(opened.error());
  const Appointment& a = opened->value;
  const NodeState& node = *tree.find(occasion.place.node);
  // Also after its revocation: what ended must be signed anew, with other content, to begin again.
  if (node.appointment_by_id.contains(opened->id)) {
    return fail(ErrorCode::kAlreadyExists, "this appointment is in the log already");
  }
  if (raw(a.expires) != 0 && a.expires <= occasion.time) {
    return fail(ErrorCode::kExpired, "the appointment has expired");
  }
  for (const std::string& unit : a.units) {
    if (!node.units.contains(unit)) return fail(ErrorCode::kNotFound, "appointed to no known unit");
  }
  if (node.appointments.size() >= kMaxAppointmentsPerNode) {
    return fail(ErrorCode::kTooLarge, "too many appointments");
  }
  return Judgement{.value = a, .signers = {}, .list_versions = {}};
}

Result<Judgement> judge_revocation(const Tree& tree, const Occasion& occasion,
                                   const Statement& statement) {
  auto opened = open_authority<Revocation>(occasion, statement);
  if (!opened) return std::unexpected(opened.error());
  const Revocation& v = opened->value;
  const NodeState& node = *tree.find(occasion.place.node);
  const auto appointment = node.appointment_by_id.find(v.statement);
  const CertificateRecord* certificate = tree.certificate(v.issuer, v.statement);
  if (appointment == node.appointment_by_id.end() && certificate == nullptr) {
    return fail(ErrorCode::kNotFound, "revokes nothing that this log holds");
  }
  const Seq revoked = certificate != nullptr ? certificate->revoked
                                             : node.appointments[appointment->second].revoked;
  if (raw(revoked) != 0) return fail(ErrorCode::kAlreadyExists, "revoked already", raw(revoked));
  return Judgement{.value = v, .signers = {}, .list_versions = {}};
}

struct Applier {
  Tree& tree;
  const Occasion& occasion;
  const Verdict& verdict;

  [[nodiscard]] NodeState& node() const { return *tree.find(occasion.place.node); }

  void operator()(const Certificate& c) const {
    tree.add_certificate({c, verdict.statement, occasion.seq, Seq{0}});
  }
  void operator()(const Unit& unit) const { node().units.insert_or_assign(unit.unit, unit); }
  void operator()(const Appointment& a) const {
    node().add_appointment({a, verdict.statement, occasion.seq, Seq{0}});
  }
  void operator()(const Revocation& v) const {
    if (CertificateRecord* record = tree.certificate(v.issuer, v.statement)) {
      record->revoked = occasion.seq;
      return;
    }
    NodeState& here = node();
    here.appointments[here.appointment_by_id.at(v.statement)].revoked = occasion.seq;
  }
  void operator()(const Alert& alert) const {
    NodeState& here = node();
    here.official.ids.insert(alert.id);
    here.alerts.push_back({verdict, alert});
    if (here.alerts.size() > kMaxAlertsPerNode) here.alerts.pop_front();
  }
  void operator()(const Post& post) const {
    node().posts.ids.insert(post.id);
    node().posts.official_seq = post.official_seq;
  }
};

}  // namespace

Result<Judgement> judge(const Tree& tree, const Occasion& occasion, const Statement& statement) {
  if (occasion.place.posts) {
    if (statement.kind == Kind::kPost) return judge_post(tree, occasion, statement);
    return fail(ErrorCode::kUnknownKind, "only posts stand in this log");
  }
  switch (statement.kind) {
    case Kind::kCertificate:
      return judge_certificate(tree, occasion, statement);
    case Kind::kUnit:
      return judge_unit(tree, occasion, statement);
    case Kind::kAppointment:
      return judge_appointment(tree, occasion, statement);
    case Kind::kRevocation:
      return judge_revocation(tree, occasion, statement);
    case Kind::kAlert:
      return judge_alert(tree, occasion, statement);
    default:
      return fail(ErrorCode::kUnknownKind, "a kind that does not stand in this log");
  }
}

Result<Judgement> judge_root(const Tree& tree, const LogId& log, TimeMs time,
                             const Statement& statement) {
  auto opened = open_self_signed<Certificate>(statement);
  if (!opened) return std::unexpected(opened.error());
  const Certificate& c = opened->value;
  if (c.authority != c.issuer || root_fingerprint(c.authority) != tree.pin()) {
    return untrusted("not the pinned root");
  }
  if (log != official_log(c.authority)) return untrusted("not the root's official log");
  if (!in_window(time, c.not_before, c.expires)) {
    return fail(ErrorCode::kExpired, "the root's certificate is not in its time");
  }
  return Judgement{.value = c, .signers = {}, .list_versions = {}};
}

void apply(Tree& tree, const Occasion& occasion, const Judgement& judgement,
           const Verdict& verdict) {
  std::visit(Applier{tree, occasion, verdict}, judgement.value);
  Chain& chain = tree.chain(occasion.place);
  for (const auto& [account, version] : judgement.list_versions) {
    std::uint64_t& highest = chain.list_versions[account];
    highest = std::max(highest, version);
  }
}

}  // namespace xom::trust
