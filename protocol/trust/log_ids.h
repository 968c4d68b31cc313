// Names of the logs that belong to a key.
#pragma once

#include "protocol/base/bytes.h"

namespace xom::trust {

// SHA-256("xom/1/log/official" 0 || authority key), and so on. A group's log id is its MLS group
// id.
[[nodiscard]] LogId official_log(const NodeId& node);
[[nodiscard]] LogId posts_log(const NodeId& node);
[[nodiscard]] LogId inbox_log(const DeviceKey& device);
// What a resident's code on paper pins: SHA-256 of the root's authority key.
[[nodiscard]] Hash root_fingerprint(const NodeId& root);

}  // namespace xom::trust
