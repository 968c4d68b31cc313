// Keys of the accounts service.
//
//   a/d/ device(32)      record.Device              a registered device and its account
//   a/l/ account(32)     Statement(DEVICE_LIST)     the newest list of an account
#pragma once

#include <string>

#include "protocol/base/bytes.h"

namespace xom::server::keys {

[[nodiscard]] inline std::string device(const DeviceKey& device) {
  return std::string("a/d/").append(text_of(device.view()));
}
[[nodiscard]] inline std::string device_list(const AccountKey& account) {
  return std::string("a/l/").append(text_of(account.view()));
}

}  // namespace xom::server::keys
