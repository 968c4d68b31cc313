// KeyPackages that devices leave with the node, so that others can add them to groups while they
// sleep.
#pragma once

#include "client.pb.h"
#include "protocol/mls/framing.h"
#include "server/caller.h"
#include "storage/engine.h"

namespace xom::server {

// An MLSMessage(KeyPackage) of our cipher suite for exactly this device and account, sound by
// RFC 9420, 10.1. kMalformed, kTooLarge, kBadSignature, kUntrusted (another's).
[[nodiscard]] Result<mls::KeyPackage> read_key_package_of(const Caller& owner, ByteView bytes);

class KeyPackages {
 public:
  explicit KeyPackages(storage::Engine& engine) : engine_(engine) {}

  // Adds to those held; a last resort replaces the one before. kTooLarge: more than may be held.
  [[nodiscard]] storage::Awaitable<Result<void>> publish(Caller caller,
                                                         wire::PublishKeyPackages request);

  // Hands out one: never the same twice, except the last resort. kNotFound: there is none.
  [[nodiscard]] storage::Awaitable<Result<wire::KeyPackage>> claim(DeviceKey device);

  // How many one-time ones are held.
  [[nodiscard]] storage::Awaitable<Result<std::size_t>> count(DeviceKey device);

 private:
  storage::Awaitable<Result<std::vector<storage::KeyValue>>> held(DeviceKey device,
                                                                  std::size_t limit);
  storage::Engine& engine_;
};

}  // namespace xom::server
