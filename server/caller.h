// Who makes a request: a device that has proven itself, and the account that it belongs to.
#pragma once

#include "protocol/base/bytes.h"

namespace xom::server {

struct Caller {
  AccountKey account;
  DeviceKey device;
};

}  // namespace xom::server
