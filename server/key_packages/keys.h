// Keys of the KeyPackages service.
//
//   k/n/ device(32) ref(32)     MLSMessage(KeyPackage), to be handed out once
//   k/l/ device(32)             MLSMessage(KeyPackage) of last resort, handed out when no other is
//   left
#pragma once

#include <string>

#include "protocol/base/bytes.h"

namespace xom::server::keys {

[[nodiscard]] inline std::string key_packages(const DeviceKey& device) {
  return std::string("k/n/").append(text_of(device.view()));
}
[[nodiscard]] inline std::string key_package(const DeviceKey& device, const Hash& ref) {
  return key_packages(device).append(text_of(ref.view()));
}
[[nodiscard]] inline std::string last_resort(const DeviceKey& device) {
  return std::string("k/l/").append(text_of(device.view()));
}

}  // namespace xom::server::keys
