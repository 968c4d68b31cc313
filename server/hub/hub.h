// Who is reading which log now. A frame for the readers is encoded once and shared by all of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "server/hub/frame.h"
#include "storage/log_store.h"

namespace xom::server {

class Subscriber;

// One executor. Subscribing and leaving cost as many steps as the subscriber has logs, however many
// others read them.
class Hub {
 public:
  void subscribe(const LogId& log, Subscriber& subscriber);
  void unsubscribe(const LogId& log, Subscriber& subscriber);
  [[nodiscard]] bool subscribed(const LogId& log, const Subscriber& subscriber) const;
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
  friend class Subscriber;
  struct Reader {
    Subscriber* subscriber;
    std::size_t place;  // in its places_
  };
  struct Readers {
    LogId log;
    std::vector<Reader> all;
  };
  // One log of a subscriber: where it stands among the readers.
  struct Place {
    Readers* readers;
    std::size_t index;  // in readers->all
  };
  void remove(Subscriber& subscriber, std::size_t place);
  void send(const LogId& log, const SharedFrame& frame);

  std::map<LogId, Readers> readers_;
};

class Subscriber {
 public:
  virtual ~Subscriber() = default;
  // Must not block, throw, or change subscriptions.
  virtual void push(const LogId& log, const SharedFrame& frame) = 0;
  // The device that is logged in, if any.
  [[nodiscard]] virtual const DeviceKey* device() const = 0;

  [[nodiscard]] std::size_t subscriptions() const { return places_.size(); }

 private:
  friend class Hub;
  std::vector<Hub::Place> places_;
};

}  // namespace xom::server
