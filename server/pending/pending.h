// What waits for the administrator: invitations with their answers, enrolment grants with their
// requests.
#pragma once

#include "client.pb.h"
#include "protocol/trust/enrolment.h"
#include "protocol/trust/verifier.h"
#include "server/clock.h"
#include "storage/engine.h"

namespace xom::server {

class Pending {
 public:
  Pending(storage::Engine& engine, const trust::Verifier& verifier, const Clock& clock,
          NodeId self);

  // Does this kind go to the pending list?
  [[nodiscard]] static bool takes(trust::Kind kind);

  // An offer of this node's authority, or the answer to one. An offer takes one answer: the same
  // again is accepted, another is kSpent. kExpired, kUntrusted, kBadSignature, kNotFound (no such
  // offer here), kTooLarge (too many offers).
  [[nodiscard]] storage::Awaitable<Result<void>> submit(Bytes statement);

  // submit() of an office request, and what it says.
  [[nodiscard]] storage::Awaitable<Result<trust::OfficeRequest>> answer_invitation(Bytes request);

  // Offers that are not expired or have an answer, without those that were settled (appointed,
  // certified).
  [[nodiscard]] storage::Awaitable<Result<wire::Pending>> list();

 private:
  storage::Awaitable<Result<void>> put_offer(Bytes statement, StatementId id);
  storage::Awaitable<Result<void>> put_answer(StatementId offer, Bytes statement);
  storage::Awaitable<Result<Bytes>> find_offer(StatementId id);
  storage::Awaitable<Result<void>> prune();
  [[nodiscard]] bool settled(ByteView answer) const;
  [[nodiscard]] bool expired(ByteView offer) const;

  storage::Engine& engine_;
  const trust::Verifier& verifier_;
  const Clock& clock_;
  NodeId self_;
};

}  // namespace xom::server
