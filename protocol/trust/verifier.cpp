#include "protocol/trust/verifier.h"

#include <algorithm>

#include "protocol/trust/limits.h"
#include "protocol/trust/rules.h"
#include "protocol/trust/verified.h"

namespace xom::trust {

namespace {

constexpr std::uint32_t kStatementEntry = 1;  // wire.EntryKind STATEMENT

// The one key that signed a header or head; whether it may is not said yet.
Result<NodeKey> signing_key(const Statement& statement) {
  if (statement.signatures.size() != 1) {
    return fail(ErrorCode::kUntrusted, "headers and heads have one signature");
  }
  return NodeKey{statement.signatures.front().key.bytes};
}

// Tells an entry that was fed before, and a fork, from one that does not fit.
Result<CheckedHeader> check_position(const Chain& chain, const EntryView& entry,
                                     const NodeKey& key) {
  auto checked = check_entry(chain.log, chain.cursor, entry, key);
  if (checked) {
    const auto& ahead = chain.ahead;
    if (ahead && ahead->seq == checked->header.seq && ahead->header_hash != checked->hash) {
      return fail(ErrorCode::kForked, "contradicts a signed head", raw(ahead->seq));
    }
    return checked;
  }
  auto opened = open_signed_by<EntryHeader>(entry.header, key.view());
  if (!opened || opened->value.log != chain.log) return checked;
  const auto held = chain.hash_at(opened->value.seq);
  if (!held) return checked;
  if (*held == header_hash(opened->id)) {
    return fail(ErrorCode::kAlreadyExists, "this entry was fed before", raw(opened->value.seq));
  }
  return fail(ErrorCode::kForked, "two headers with one number", raw(opened->value.seq));
}

void refuse(Verdict& verdict, Error error) {
  verdict.official = false;
  verdict.refusal = std::move(error);
}

void accept(Verdict& verdict, const Tree& tree, const Statement& statement,
            const Judgement& judgement, const NodeId& issuer) {
  verdict.official = true;
  verdict.kind = statement.kind;
  verdict.statement = statement.id();
  verdict.issuer = issuer;
  if (const NodeState* node = tree.find(issuer)) {
    verdict.issuer_name = node->shown().certificate.name;
  } else {
    verdict.issuer_name = std::get<Certificate>(judgement.value).name;
  }
  if (const auto* alert = std::get_if<Alert>(&judgement.value)) {
    verdict.real = alert->status == AlertStatus::kActual;
  }
  verdict.body = statement.body;
  verdict.signers = judgement.signers;
}

Verdict begin(const LogId& log, Seq seq, TimeMs time) {
  Verdict verdict;
  verdict.log = log;
  verdict.seq = seq;
  verdict.time = time;
  return verdict;
}

}  // namespace

struct Verifier::State {
  explicit State(const Hash& pin) : tree(pin) {}

  Tree tree;
  TimeMs newest{};

  [[nodiscard]] Result<Verdict> feed_first(const LogId& log, const EntryView& entry);
};

// The root's first entry certifies the key that signed its own header.
Result<Verdict> Verifier::State::feed_first(const LogId& log, const EntryView& entry) {
  if (tree.root()) return fail(ErrorCode::kNotFound, "no known node has this log");
  if (entry.kind != kStatementEntry) return fail(ErrorCode::kNotFound, "not a root's first entry");
  auto statement = Statement::decode(entry.payload);
  if (!statement) return std::unexpected(statement.error());
  if (statement->kind != Kind::kCertificate) {
    return fail(ErrorCode::kNotFound, "no known node has this log");
  }
  auto certificate = open_self_signed<Certificate>(*statement);
  if (!certificate) return std::unexpected(certificate.error());
  auto checked = check_entry(log, Cursor{}, entry, certificate->value.node_key);
  if (!checked) return std::unexpected(checked.error());
  auto judgement = judge_root(tree, log, checked->header.time, *statement);
  if (!judgement) return std::unexpected(judgement.error());

  Verdict verdict = begin(log, checked->header.seq, checked->header.time);
  verdict.header_hash = checked->hash;
  const NodeId root = certificate->value.authority;
  accept(verdict, tree, *statement, *judgement, root);
  tree.add_certificate({certificate->value, statement->id(), checked->header.seq, Seq{0}});
  tree.find(root)->official.advance(*checked);
  newest = std::max(newest, checked->header.time);
  return verdict;
}

Verifier::Verifier(const Hash& root) : state_(std::make_unique<State>(root)) {}
Verifier::~Verifier() = default;
Verifier::Verifier(Verifier&&) noexcept = default;
Verifier& Verifier::operator=(Verifier&&) noexcept = default;

Result<Verdict> Verifier::feed(const LogId& log, const EntryView& entry) {
  Tree& tree = state_->tree;
  const auto place = tree.place_of(log);
  if (!place) return state_->feed_first(log, entry);

  auto header = Statement::decode(entry.header);
  if (!header) return std::unexpected(header.error().during("entry header"));
  auto key = signing_key(*header);
  if (!key) return std::unexpected(key.error());
  if (!tree.may_sign_headers(place->node, *key)) {
    return fail(ErrorCode::kUntrusted, "header signed by a key that this node does not have");
  }
  auto checked = check_position(tree.chain(*place), entry, *key);
  if (!checked) return std::unexpected(checked.error());

  const TimeMs time = checked->header.time;
  const Occasion occasion{*place, log, checked->header.seq, time};
  Verdict verdict = begin(log, occasion.seq, time);
  verdict.header_hash = checked->hash;
  const bool stands = tree.stands_with_key(place->node, *key, time);
  auto statement = Statement::decode(entry.payload);
  if (!stands) {
    refuse(verdict, {ErrorCode::kRevoked, "no good certificate for the node at this time"});
  } else if (entry.kind != kStatementEntry) {
    refuse(verdict, {ErrorCode::kUnknownKind, "not a statement"});
  } else if (!statement) {
    refuse(verdict, statement.error());
  } else if (auto judgement = judge(tree, occasion, *statement); judgement) {
    accept(verdict, tree, *statement, *judgement, place->node);
    apply(tree, occasion, *judgement, verdict);
  } else if (judgement.error().code == ErrorCode::kUnavailable) {
    return std::unexpected(judgement.error());
  } else {
    refuse(verdict, judgement.error());
  }
  tree.chain(*place).advance(*checked);
  if (stands) state_->newest = std::max(state_->newest, time);
  return verdict;
}

Result<Verdict> Verifier::check(const LogId& log, ByteView bytes, TimeMs now) const {
  const Tree& tree = state_->tree;
  auto statement = Statement::decode(bytes);
  if (!statement) return std::unexpected(statement.error());
  const auto place = tree.place_of(log);
  Verdict verdict = begin(log, Seq{1}, now);
  if (!place) {
    if (tree.root()) return fail(ErrorCode::kNotFound, "no known node has this log");
    auto judgement = judge_root(tree, log, now, *statement);
    if (judgement) {
      const auto& certificate = std::get<Certificate>(judgement->value);
      accept(verdict, tree, *statement, *judgement, certificate.authority);
    } else {
      refuse(verdict, judgement.error());
    }
    return verdict;
  }
  const Occasion occasion{*place, log, next(tree.chain(*place).cursor.seq), now};
  verdict.seq = occasion.seq;
  auto judgement = judge(tree, occasion, *statement);
  if (!tree.stands(place->node, now)) {
    refuse(verdict, {ErrorCode::kRevoked, "no good certificate for the node at this time"});
  } else if (judgement) {
    accept(verdict, tree, *statement, *judgement, place->node);
  } else if (judgement.error().code == ErrorCode::kUnavailable) {
    return std::unexpected(judgement.error());
  } else {
    refuse(verdict, judgement.error());
  }
  return verdict;
}

Result<LogHead> Verifier::feed_head(ByteView bytes) {
  Tree& tree = state_->tree;
  auto statement = Statement::decode(bytes);
  if (!statement) return std::unexpected(statement.error());
  auto key = signing_key(*statement);
  if (!key) return std::unexpected(key.error());
  auto opened = open_signed_by<LogHead>(*statement, key->view());
  if (!opened) return std::unexpected(opened.error());
  const LogHead& head = opened->value;
  const auto place = tree.place_of(head.log);
  if (!place) return fail(ErrorCode::kNotFound, "no known node has this log");
  if (!tree.stands_with_key(place->node, *key, std::nullopt)) {
    return fail(ErrorCode::kUntrusted, "head signed by a key that this node does not have");
  }
  Chain& chain = tree.chain(*place);
  const auto held = chain.hash_at(head.seq);
  const bool same_ahead = chain.ahead && chain.ahead->seq == head.seq;
  if ((held && *held != head.header_hash) ||
      (same_ahead && chain.ahead->header_hash != head.header_hash)) {
    return fail(ErrorCode::kForked, "the head contradicts the log", raw(head.seq));
  }
  if (head.seq >= chain.cursor.seq) chain.heard = std::max(chain.heard, head.time);
  if (head.seq > chain.cursor.seq && (!chain.ahead || chain.ahead->seq < head.seq)) {
    chain.ahead = head;
  }
  state_->newest = std::max(state_->newest, head.time);
  return head;
}

Cursor Verifier::cursor(const LogId& log) const {
  const auto place = state_->tree.place_of(log);
  return place ? state_->tree.chain(*place).cursor : Cursor{};
}

Freshness Verifier::freshness(const LogId& log, TimeMs now) const {
  Freshness freshness;
  const auto place = state_->tree.place_of(log);
  if (!place) return freshness;
  const Chain& chain = state_->tree.chain(*place);
  freshness.heard = chain.heard;
  freshness.stale = raw(chain.heard) == 0 || raw(now) - raw(chain.heard) > kHeadFreshMs;
  freshness.missing = chain.ahead.has_value();
  return freshness;
}

TimeMs Verifier::clock_lower_bound() const { return state_->newest; }

const Tree& Verifier::tree() const { return state_->tree; }

}  // namespace xom::trust
