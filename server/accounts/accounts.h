// Which devices this node knows, and the proof of a device in a connection. No passwords, no names.
#pragma once

#include "client.pb.h"
#include "protocol/trust/device.h"
#include "protocol/trust/session.h"
#include "protocol/trust/verifier.h"
#include "server/caller.h"
#include "server/clock.h"
#include "server/groups/groups.h"
#include "server/pending/pending.h"
#include "storage/engine.h"

namespace xom::server {

class Accounts {
 public:
  Accounts(storage::Engine& engine, const trust::Verifier& verifier, Groups& groups,
           Pending& pending, const Clock& clock, NodeKey node_key);

  // Statement(LOGIN) for this node and challenge by a registered device. kUnauthenticated: not
  // registered here; kRevoked: its account's newest list does not contain it any more.
  [[nodiscard]] storage::Awaitable<Result<Caller>> log_in(Bytes login, trust::Challenge challenge);

  // Makes a device known by one of the three rights, and logs it in. Repeatable. kNotPermitted: no
  // right given, or the right is not this account's; kAlreadyExists: the device belongs to another
  // account; else errors of the right.
  [[nodiscard]] storage::Awaitable<Result<Caller>> enter(wire::Register request,
                                                         trust::Challenge challenge);

 private:
  storage::Awaitable<Result<void>> check_right(const wire::Register& request, AccountKey account);
  storage::Awaitable<Result<void>> store(DeviceKey device, AccountKey account, Bytes list);
  storage::Awaitable<Result<bool>> list_is_newer(AccountKey account, std::uint64_t version);

  storage::Engine& engine_;
  const trust::Verifier& verifier_;
  Groups& groups_;
  Pending& pending_;
  const Clock& clock_;
  NodeKey node_key_;
};

}  // namespace xom::server
