// RFC 9420, section 5.1.1: public keys that others will have to seal secrets to. That no two nodes
// share one: tree_validation.h, key_index.h.
#pragma once

#include "protocol/base/bytes.h"

namespace xom::mls {

// 32 bytes and no point of small order. To such a point nobody can seal (RFC 9180, 7.1.4), so one
// leaf or parent that holds it would stop every later commit of the group.
[[nodiscard]] Result<void> check_encryption_key(ByteView key);

}  // namespace xom::mls
