// What a session can ask for; put together by the composition root.
#pragma once

#include <functional>

#include "server/accounts/accounts.h"
#include "server/channels/channels.h"
#include "server/groups/groups.h"
#include "server/hub/hub.h"
#include "server/key_packages/key_packages.h"
#include "server/pending/pending.h"
#include "server/sessions/turns.h"

namespace xom::server {

struct Services {
  storage::LogStore& store;
  Hub& hub;
  Turns& turns;
  Channels& channels;
  Groups& groups;
  Accounts& accounts;
  KeyPackages& key_packages;
  Pending& pending;
  const Clock& clock;
  NodeId node_id;
  NodeKey node_key;
  std::function<void(wire::Status&)> fill_status;  // what only the node as a whole knows
};

// What a session is, for its requests.
struct Peer {
  trust::Challenge challenge;
  std::optional<Caller> caller;
};

}  // namespace xom::server
