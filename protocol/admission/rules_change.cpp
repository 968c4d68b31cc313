// RULES, "Vouchers" and roles: what a commit may change in the group's own rules.
#include <algorithm>

#include "protocol/admission/judgement.h"
#include "protocol/base/rule.h"
#include "protocol/trust/leadership.h"

namespace xom::admission {

namespace {

std::unexpected<Error> refuse(const char* why) { return fail(ErrorCode::kNotPermitted, why); }

template <class T>
bool holds(const std::vector<T>& list, const T& value) {
  return std::ranges::find(list, value) != list.end();
}

mls::Extensions without_rules(const mls::Extensions& extensions) {
  mls::Extensions rest;
  for (const mls::Extension& e : extensions) {
    if (e.type != static_cast<std::uint16_t>(mls::ExtensionType::kPolicy)) rest.push_back(e);
  }
  return rest;
}

// The account that proposed the change; for a change there is exactly one (12.2).
Result<AccountKey> proposer(const Case& c) {
  for (const mls::ResolvedProposal& p : c.commit.proposals) {
    if (p.proposal.type() != mls::ProposalType::kGroupContextExtensions) continue;
    return account_of(c.before.tree(), mls::LeafIndex{p.sender.index});
  }
  return fail(ErrorCode::kInternal, "rules changed by no proposal");
}

// The leaders that the authority's words make of the old ones, and what they use up.
struct Leaders {
  std::vector<AccountKey> accounts;
  std::uint64_t version = 0;
  std::vector<StatementId> ended;
};

Result<void> take_leadership(const Case& c, const trust::Statement& statement, Leaders& leaders) {
  auto opened = trust::open_self_signed<trust::Leadership>(statement);
  if (!opened) return std::unexpected(opened.error());
  const trust::Leadership& word = opened->value;
  if (word.issuer != c.rules.authority) {
    return fail(ErrorCode::kUntrusted, "leadership: not by the group's authority");
  }
  if (!std::ranges::equal(word.group.view(), c.before.context().group_id)) {
    return fail(ErrorCode::kUntrusted, "leadership: of another group");
  }
  if (enforced(Rule::kLeadershipOnce) &&
      (word.from_version <= leaders.version || word.from_version > c.new_rules.version)) {
    return fail(ErrorCode::kSpent, "leadership: of a version that does not count");
  }
  leaders.version = word.from_version;
  if (word.replaces) std::erase(leaders.accounts, *word.replaces);
  if (!holds(leaders.accounts, word.account)) leaders.accounts.push_back(word.account);
  return {};
}

// An appointment followed by its revocation: the end of an office.
Result<void> take_revocation(const Case& c, const trust::Statement& appointment,
                             const trust::Statement& revocation, Leaders& leaders) {
  auto office = trust::open_self_signed<trust::Appointment>(appointment);
  if (!office) return std::unexpected(office.error());
  auto end = trust::open_self_signed<trust::Revocation>(revocation);
  if (!end) return std::unexpected(end.error());
  if (office->value.issuer != c.rules.authority || end->value.issuer != c.rules.authority) {
    return fail(ErrorCode::kUntrusted, "revocation: not by the group's authority");
  }
  if (office->value.office != trust::Office::kCellLeader || end->value.statement != office->id) {
    return fail(ErrorCode::kUntrusted, "revocation: of something else");
  }
  if (enforced(Rule::kLeadershipOnce) && holds(leaders.ended, office->id)) {
    return fail(ErrorCode::kSpent, "revocation: taken already");
  }
  leaders.ended.push_back(office->id);
  std::erase(leaders.accounts, office->value.account);
  return {};
}

Result<Leaders> leaders_by_authority(const Case& c) {
  Leaders leaders{c.rules.leaders, c.rules.leadership_version, c.rules.ended};
  const auto& words = c.data.statements;
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto statement = trust::Statement::decode(words[i]);
    if (!statement) return std::unexpected(statement.error());
    if (statement->kind == trust::Kind::kLeadership) {
      if (auto ok = take_leadership(c, *statement, leaders); !ok)
        return std::unexpected(ok.error());
      continue;
    }
    if (++i == words.size()) return fail(ErrorCode::kMalformed, "an appointment without its end");
    auto end = trust::Statement::decode(words[i]);
    if (!end) return std::unexpected(end.error());
    if (auto ok = take_revocation(c, *statement, *end, leaders); !ok) {
      return std::unexpected(ok.error());
    }
  }
  return leaders;
}

// Vouchers may be revoked by who leads, and by anybody together with the leaf that carries them.
Result<void> judge_revocations(const Case& c, bool leads) {
  const GroupRules& before = c.rules;
  const GroupRules& after = c.new_rules;
  if (raw(after.vouchers_from_epoch) < raw(before.vouchers_from_epoch) ||
      raw(after.vouchers_from_epoch) > raw(c.before.epoch()) + 1) {
    return refuse("rules: vouchers_from_epoch only rises, up to the new epoch");
  }
  const bool all_ended = raw(after.vouchers_from_epoch) == raw(c.before.epoch()) + 1;
  if (after.vouchers_from_epoch != before.vouchers_from_epoch && !leads) {
    return refuse("rules: only a leader ends all vouchers");
  }
  for (const StatementId& id : before.revoked) {
    if (!all_ended && !holds(after.revoked, id)) return refuse("rules: a voucher stays revoked");
  }
  std::vector<StatementId> removed;
  for (const mls::LeafIndex leaf : c.commit.removed) {
    const auto member = read_member(*c.before.tree().leaf(leaf));
    if (member && member->voucher) removed.push_back(*member->voucher);
  }
  for (const StatementId& id : after.revoked) {
    if (!leads && !holds(before.revoked, id) && !holds(removed, id)) {
      return refuse("rules: only a leader revokes vouchers of leaves that stay");
    }
  }
  return {};
}

}  // namespace

Result<void> judge_rules_change(const Case& c) {
  const bool proposed = std::ranges::any_of(c.commit.proposals, [](const auto& p) {
    return p.proposal.type() == mls::ProposalType::kGroupContextExtensions;
  });
  if (!proposed) {
    return c.data.statements.empty() ? Result<void>{}
                                     : refuse("words of the authority without a change");
  }
  if (!enforced(Rule::kPolicyChange)) return {};
  const GroupRules& before = c.rules;
  const GroupRules& after = c.new_rules;
  if (without_rules(c.before.context().extensions) != without_rules(c.after.context().extensions)) {
    return refuse("rules: no other extension of the group changes");
  }
  if (after.version != before.version + 1) return refuse("rules: the version rises by one");
  if (after.authority != before.authority || after.unit != before.unit) {
    return refuse("rules: authority and unit stay for ever");
  }
  auto leaders = leaders_by_authority(c);
  if (!leaders) return std::unexpected(leaders.error().during("rules"));
  if (after.leaders != leaders->accounts || after.leadership_version != leaders->version ||
      after.ended != leaders->ended) {
    return refuse("rules: leaders change by the authority's words alone");
  }
  auto by = proposer(c);
  if (!by) return std::unexpected(by.error());
  return judge_revocations(c, before.leads(*by));
}

}  // namespace xom::admission
