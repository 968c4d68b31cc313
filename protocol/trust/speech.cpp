#include "protocol/trust/speech.h"

#include <algorithm>

#include "protocol/trust/device.h"
#include "protocol/trust/limits.h"

namespace xom::trust {

namespace {

std::unexpected<Error> untrusted(const char* why) { return fail(ErrorCode::kUntrusted, why); }

// May an office over these units (none: the whole node) speak to these areas (none: everything)?
bool office_covers(const NodeState& node, const std::vector<std::string>& units,
                   const std::vector<Area>& areas) {
  if (units.empty()) return true;
  if (areas.empty()) return false;
  return std::ranges::all_of(areas, [&](const Area& area) {
    return area.node == node.id && !area.unit.empty() &&
           std::ranges::any_of(
               units, [&](const std::string& unit) { return node.within(area.unit, unit); });
  });
}

// The node itself and its units, or a node that it certified in this same log: all readers of the
// log know these alike.
Result<void> check_areas(const Tree& tree, const NodeState& node, const std::vector<Area>& areas) {
  for (const Area& area : areas) {
    if (area.node == node.id) {
      if (!area.unit.empty() && !node.units.contains(area.unit)) {
        return fail(ErrorCode::kNotFound, "alert for a unit that does not exist");
      }
    } else if (!tree.is_child(node.id, area.node)) {
      return untrusted("alert for a node that is not directly below its issuer");
    }
  }
  return {};
}

struct Held {
  const Appointment* publisher = nullptr;
  const Appointment* approver = nullptr;
  bool elsewhere = false;  // holds such an office, but not over these areas
};

Held offices_held(const NodeState& node, const AccountKey& account, Seq at_seq, TimeMs time,
                  const std::vector<Area>& areas) {
  Held held;
  const auto [begin, end] = node.appointments_by_account.equal_range(account);
  for (auto it = begin; it != end; ++it) {
    const AppointmentRecord& record = node.appointments[it->second];
    const Appointment& a = record.appointment;
    if (a.office != Office::kPublisher && a.office != Office::kApprover) continue;
    if (!record.in_force(at_seq, time)) continue;
    if (!office_covers(node, a.units, areas)) {
      held.elsewhere = true;
      continue;
    }
    (a.office == Office::kPublisher ? held.publisher : held.approver) = &a;
  }
  return held;
}

struct Speakers {
  std::vector<Signer> signers;
  std::vector<std::pair<AccountKey, std::uint64_t>> list_versions;
};

// Every signature counts and must be good: each by another account, each with a device of its
// newest known list, each in an office over these areas, at least one of them a publisher.
Result<Speakers> check_speakers(const NodeState& node, const Chain& chain,
                                const std::vector<SignatureBy>& signatures, Seq at_seq, TimeMs time,
                                const std::vector<Area>& areas) {
  Speakers speakers;
  bool publisher = false;
  for (const SignatureBy& signature : signatures) {
    auto signer = device_signer(signature);
    if (!signer) return std::unexpected(signer.error());
    const bool again = std::ranges::any_of(
        speakers.signers, [&](const Signer& s) { return s.account == signer->account; });
    if (again) return untrusted("one account signed twice");
    const auto known = chain.list_versions.find(signer->account);
    if (known != chain.list_versions.end() && signer->list_version < known->second) {
      return fail(ErrorCode::kRevoked, "an older device list than one seen before");
    }
    const Held held = offices_held(node, signer->account, at_seq, time, areas);
    const Appointment* office = held.publisher != nullptr ? held.publisher : held.approver;
    if (office == nullptr) {
      return untrusted(held.elsewhere ? "the signer's office does not cover these areas"
                                      : "the signer holds no office that may speak here now");
    }
    publisher = publisher || held.publisher != nullptr;
    speakers.signers.push_back({signer->account, signer->device, office->office, office->name});
    speakers.list_versions.emplace_back(signer->account, signer->list_version);
  }
  if (!publisher) return untrusted("no publisher among the signers");
  return speakers;
}

// A drill may not touch what is real, nor the other way round.
Result<void> check_references(const NodeState& node, const Alert& alert) {
  for (const AlertEntry& entry : node.alerts) {
    const bool named =
        std::ranges::find(alert.references, entry.alert.id) != alert.references.end();
    if (named && entry.alert.status != alert.status) {
      return untrusted("refers to an alert of another status");
    }
  }
  return {};
}

Result<void> check_new_id(const Chain& chain, const AlertId& id) {
  if (chain.ids.contains(id)) return fail(ErrorCode::kAlreadyExists, "this id was used before");
  if (chain.ids.size() >= kMaxAlertIdsPerNode) return fail(ErrorCode::kTooLarge, "too many ids");
  return {};
}

}  // namespace

Result<Judgement> judge_alert(const Tree& tree, const Occasion& occasion,
                              const Statement& statement) {
  auto opened = open_statement<Alert>(statement);
  if (!opened) return std::unexpected(opened.error());
  const Alert& alert = opened->value;
  const NodeState& node = *tree.find(occasion.place.node);
  if (alert.issuer != node.id || alert.log != occasion.log) {
    return untrusted("alert of another node or log");
  }
  if (alert.expires <= occasion.time) return fail(ErrorCode::kExpired, "the alert has expired");
  if (auto ok = check_new_id(node.official, alert.id); !ok) return std::unexpected(ok.error());
  if (auto ok = check_areas(tree, node, alert.areas); !ok) return std::unexpected(ok.error());
  if (auto ok = check_references(node, alert); !ok) return std::unexpected(ok.error());
  const Seq before{raw(occasion.seq) - 1};
  auto speakers =
      check_speakers(node, node.official, opened->signatures, before, occasion.time, alert.areas);
  if (!speakers) return std::unexpected(speakers.error());
  if (alert.severity == Severity::kExtreme && speakers->signers.size() < 2) {
    return untrusted("an extreme alert needs two people");
  }
  return Judgement{alert, std::move(speakers->signers), std::move(speakers->list_versions)};
}

Result<Judgement> judge_post(const Tree& tree, const Occasion& occasion,
                             const Statement& statement) {
  auto opened = open_statement<Post>(statement);
  if (!opened) return std::unexpected(opened.error());
  const Post& post = opened->value;
  const NodeState& node = *tree.find(occasion.place.node);
  if (post.issuer != node.id || post.log != occasion.log) {
    return untrusted("post of another node or log");
  }
  if (auto ok = check_new_id(node.posts, post.id); !ok) return std::unexpected(ok.error());
  // Never back in time: else an office that ended could go on speaking under an old number.
  if (post.official_seq < node.posts.official_seq) {
    return fail(ErrorCode::kConflict, "under an older official entry than the post before",
                raw(node.posts.official_seq));
  }
  if (post.official_seq > node.official.cursor.seq) {
    return fail(ErrorCode::kUnavailable, "under an official entry not known yet",
                raw(post.official_seq));
  }
  auto speakers =
      check_speakers(node, node.posts, opened->signatures, post.official_seq, occasion.time, {});
  if (!speakers) return std::unexpected(speakers.error());
  return Judgement{post, std::move(speakers->signers), std::move(speakers->list_versions)};
}

bool areas_cover(const NodeState& node, const std::vector<Area>& areas,
                 const std::vector<Area>& others) {
  if (areas.empty()) return true;
  if (others.empty()) return false;
  return std::ranges::all_of(others, [&](const Area& other) {
    return std::ranges::any_of(areas, [&](const Area& area) {
      return area.node == other.node &&
             (area.unit.empty() || area.unit == other.unit ||
              (area.node == node.id && node.within(other.unit, area.unit)));
    });
  });
}

}  // namespace xom::trust
