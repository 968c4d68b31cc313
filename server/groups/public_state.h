// The public half of each group's MLS state, as the node follows it: stored as small records
// (protocol/mls/state_records.h), changed in the batch of the commit that changes it.
#pragma once

#include <map>
#include <string>

#include "protocol/mls/public_group.h"
#include "storage/engine.h"

namespace xom::server {

// kNotFound: no such group here; kUnsupportedVersion: it was made before nodes followed groups.
// `changed`: keys and values to be read in the place of what is stored (empty: not there).
using Overlay = std::map<std::string, std::string>;
[[nodiscard]] storage::Awaitable<Result<mls::PublicGroup>> load_public_group(
    storage::Engine& engine, LogId group, Overlay changed = {});

// The records of `after` that differ from `before` (null: all of them).
void put_public_group(storage::Batch& batch, const LogId& group, const mls::PublicGroup& after,
                      const mls::PublicGroup* before);

}  // namespace xom::server
