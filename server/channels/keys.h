// Keys of the channels service.
//
//   c/s/ log(32) statement id(32)     seq as 8 bytes, big-endian: where this statement stands, so
//   that it is stored once
#pragma once

#include <string>

#include "protocol/base/bytes.h"

namespace xom::server::keys {

[[nodiscard]] inline std::string placed(const LogId& log, const StatementId& id) {
  return std::string("c/s/").append(text_of(log.view())).append(text_of(id.view()));
}

}  // namespace xom::server::keys
