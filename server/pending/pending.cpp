#include "server/pending/pending.h"

#include <algorithm>

#include "server/limits.h"
#include "server/pending/keys.h"
#include "server/text.h"

namespace xom::server {

using storage::Awaitable;

namespace {

// Of an offer that was verified when it was stored.
TimeMs expiry_of(ByteView offer) {
  auto statement = trust::Statement::decode(offer);
  if (!statement) return TimeMs{0};
  if (auto invitation = trust::Invitation::decode_body(statement->body)) return invitation->expires;
  if (auto grant = trust::EnrolmentGrant::decode_body(statement->body)) return grant->expires;
  return TimeMs{0};
}

}  // namespace

Pending::Pending(storage::Engine& engine, const trust::Verifier& verifier, const Clock& clock,
                 NodeId self)
    : engine_(engine), verifier_(verifier), clock_(clock), self_(self) {}

bool Pending::takes(trust::Kind kind) {
  return kind == trust::Kind::kInvitation || kind == trust::Kind::kOfficeRequest ||
         kind == trust::Kind::kEnrolmentGrant || kind == trust::Kind::kEnrolmentRequest;
}

Awaitable<Result<void>> Pending::submit(Bytes bytes) {
  auto statement = trust::Statement::decode(bytes);
  if (!statement) co_return std::unexpected(statement.error());
  const TimeMs now = clock_.now();
  switch (statement->kind) {
    case trust::Kind::kInvitation: {
      auto invitation = trust::verify_invitation(bytes, self_, now);
      if (!invitation) co_return std::unexpected(invitation.error());
      auto stored = co_await put_offer(std::move(bytes), invitation->id);
      co_return stored;
    }
    case trust::Kind::kEnrolmentGrant: {
      auto grant = trust::verify_grant(bytes, self_, now);
      if (!grant) co_return std::unexpected(grant.error());
      auto stored = co_await put_offer(std::move(bytes), grant->id);
      co_return stored;
    }
    case trust::Kind::kOfficeRequest: {
      auto request = co_await answer_invitation(std::move(bytes));
      if (!request) co_return std::unexpected(request.error());
      co_return Result<void>();
    }
    case trust::Kind::kEnrolmentRequest: {
      // Which offer it answers has to be known before its signatures can be judged.
      auto claimed = trust::EnrolmentRequest::decode_body(statement->body);
      if (!claimed) co_return std::unexpected(claimed.error());
      auto offer = co_await find_offer(claimed->grant);
      if (!offer) co_return std::unexpected(offer.error());
      auto grant = trust::verify_grant(*offer, self_, now);
      if (!grant) co_return std::unexpected(grant.error());
      auto request = trust::verify_enrolment_request(bytes, *grant);
      if (!request) co_return std::unexpected(request.error());
      auto stored = co_await put_answer(grant->id, std::move(bytes));
      co_return stored;
    }
    default:
      co_return fail(ErrorCode::kUnknownKind, "not a statement of the pending list");
  }
}

Awaitable<Result<trust::OfficeRequest>> Pending::answer_invitation(Bytes bytes) {
  auto statement = trust::Statement::decode(bytes);
  if (!statement) co_return std::unexpected(statement.error());
  auto claimed = trust::OfficeRequest::decode_body(statement->body);
  if (!claimed) co_return std::unexpected(claimed.error());
  auto offer = co_await find_offer(claimed->invitation);
  if (!offer) co_return std::unexpected(offer.error());
  auto invitation = trust::verify_invitation(*offer, self_, clock_.now());
  if (!invitation) co_return std::unexpected(invitation.error());
  auto request = trust::verify_office_request(bytes, *invitation);
  if (!request) co_return std::unexpected(request.error());
  auto stored = co_await put_answer(invitation->id, std::move(bytes));
  if (!stored) co_return std::unexpected(stored.error());
  co_return std::move(request->value);
}

Awaitable<Result<Bytes>> Pending::find_offer(StatementId id) {
  std::string key = keys::offer(id);
  auto offer = co_await engine_.get(std::move(key));
  if (!offer) co_return std::unexpected(offer.error());
  if (!*offer)
    co_return fail(ErrorCode::kNotFound, "this node has made no such offer, or it has expired");
  co_return bytes_of(**offer);
}

Awaitable<Result<void>> Pending::put_offer(Bytes statement, StatementId id) {
  auto pruned = co_await prune();
  if (!pruned) co_return pruned;
  storage::Batch batch;
  batch.puts.emplace_back(keys::offer(id), string_of(statement));
  auto written = co_await engine_.commit(std::move(batch));
  co_return written;
}

Awaitable<Result<void>> Pending::put_answer(StatementId offer, Bytes statement) {
  std::string key = keys::answer(offer);
  auto held = co_await engine_.get(key);
  if (!held) co_return std::unexpected(held.error());
  if (*held) {
    auto first = trust::Statement::decode(view_of(**held));
    auto again = trust::Statement::decode(statement);
    if (first && again && first->id() == again->id()) co_return Result<void>();
    co_return fail(ErrorCode::kSpent, "this code was used already");
  }
  storage::Batch batch;
  batch.preconditions.push_back({key, std::nullopt});
  batch.puts.emplace_back(key, string_of(statement));
  auto written = co_await engine_.commit(std::move(batch));
  if (!written && written.error().code == ErrorCode::kConflict)
    co_return fail(ErrorCode::kSpent, "this code was used already");
  co_return written;
}

Awaitable<Result<void>> Pending::prune() {
  std::string begin(keys::kOffers), end(keys::kOffersEnd);
  auto offers =
      co_await engine_.scan(std::move(begin), std::move(end), limits::kPendingOffers + 1, SIZE_MAX);
  if (!offers) co_return std::unexpected(offers.error());
  if (offers->size() < limits::kPendingOffers) co_return Result<void>();
  storage::Batch batch;
  for (const auto& item : *offers) {
    if (!expired(view_of(item.value))) continue;
    batch.deletes.push_back(item.key);
    batch.deletes.push_back(std::string("p/r/").append(item.key.substr(keys::kOffers.size())));
  }
  if (batch.deletes.empty())
    co_return fail(ErrorCode::kTooLarge, "too many invitations and grants are open");
  auto written = co_await engine_.commit(std::move(batch));
  co_return written;
}

bool Pending::expired(ByteView offer) const { return raw(expiry_of(offer)) <= raw(clock_.now()); }

bool Pending::settled(ByteView answer) const {
  auto statement = trust::Statement::decode(answer);
  if (!statement) return true;
  if (statement->kind == trust::Kind::kOfficeRequest) {
    auto request = trust::OfficeRequest::decode_body(statement->body);
    return !request || !verifier_.offices(request->account, clock_.now()).empty();
  }
  auto request = trust::EnrolmentRequest::decode_body(statement->body);
  return !request || verifier_.is_node_key(request->authority, request->node_key);
}

Awaitable<Result<wire::Pending>> Pending::list() {
  std::string begin(keys::kOffers), end(keys::kOffersEnd);
  auto offers =
      co_await engine_.scan(std::move(begin), std::move(end), limits::kPendingOffers, SIZE_MAX);
  if (!offers) co_return std::unexpected(offers.error());
  wire::Pending pending;
  for (const auto& item : *offers) {
    std::string key = std::string("p/r/").append(item.key.substr(keys::kOffers.size()));
    auto answer = co_await engine_.get(std::move(key));
    if (!answer) co_return std::unexpected(answer.error());
    if (*answer) {
      if (settled(view_of(**answer))) continue;
    } else if (expired(view_of(item.value))) {
      continue;
    }
    wire::PendingItem& listed = *pending.add_items();
    listed.set_offer(item.value);
    if (*answer) listed.add_requests(**answer);
  }
  co_return pending;
}

}  // namespace xom::server
