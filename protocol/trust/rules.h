// The rules of the office: is a statement, at its place in a log, official? Internal to this
// folder.
#pragma once

#include <variant>

#include "protocol/trust/tree.h"

namespace xom::trust {

// Where and when a statement stands.
struct Occasion {
  Tree::Place place;
  LogId log;
  Seq seq{0};
  TimeMs time{};  // of the header
};

// A statement that is official, and what it changes.
struct Judgement {
  std::variant<Certificate, Unit, Appointment, Revocation, Alert, Post> value;
  std::vector<Signer> signers;
  std::vector<std::pair<AccountKey, std::uint64_t>> list_versions;
};

// Changes nothing. The error says which rule is broken; kUnavailable alone means "ask again when
// the official log was fed up to `detail`".
[[nodiscard]] Result<Judgement> judge(const Tree& tree, const Occasion& occasion,
                                      const Statement& statement);
// The first certificate of a tree: signed by itself and pinned.
[[nodiscard]] Result<Judgement> judge_root(const Tree& tree, const LogId& log, TimeMs time,
                                           const Statement& statement);
// Carries out what judge() found good.
void apply(Tree& tree, const Occasion& occasion, const Judgement& judgement,
           const Verdict& verdict);

// Do areas (of an alert of `node`; none: everything) contain all of the others?
[[nodiscard]] bool areas_cover(const NodeState& node, const std::vector<Area>& areas,
                               const std::vector<Area>& others);

}  // namespace xom::trust
