// Who is reading which log now. A frame for the readers is encoded once and shared by all of them.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "server/hub/frame.h"
#include "storage/log_store.h"

namespace xom::server {

class Subscriber {
 public:
  virtual ~Subscriber() = default;
  // Must not block, throw, or change subscriptions.
  virtual void push(const LogId& log, const SharedFrame& frame) = 0;
  // The device that is logged in, if any.
  [[nodiscard]] virtual const DeviceKey* device() const = 0;
};

// One executor.
class Hub {
 public:
  void subscribe(const LogId& log, Subscriber& subscriber);
  void unsubscribe(const LogId& log, Subscriber& subscriber);
  // Before a subscriber dies.
  void forget(Subscriber& subscriber);
  // A device that may no longer read the log.
  void revoke(const LogId& log, const DeviceKey& device);

  // A durable entry, with a freshly signed head if there is one.
  void publish(const LogId& log, const storage::LogEntry& entry, ByteView signed_head);
  // A new head of a log without a new entry.
  void publish_head(const LogId& log, ByteView signed_head);

  [[nodiscard]] std::size_t readers(const LogId& log) const;

 private:
  void send(const LogId& log, const SharedFrame& frame);
  std::map<LogId, std::set<Subscriber*>> readers_;
  std::map<Subscriber*, std::set<LogId>> logs_;
};

}  // namespace xom::server
