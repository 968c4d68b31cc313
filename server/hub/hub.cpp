#include "server/hub/hub.h"

#include "client.pb.h"
#include "federation/frames.h"
#include "server/text.h"

namespace xom::server {

void Hub::subscribe(const LogId& log, Subscriber& subscriber) {
  readers_[log].insert(&subscriber);
  logs_[&subscriber].insert(log);
}

void Hub::unsubscribe(const LogId& log, Subscriber& subscriber) {
  if (auto it = readers_.find(log); it != readers_.end()) {
    it->second.erase(&subscriber);
    if (it->second.empty()) readers_.erase(it);
  }
  if (auto it = logs_.find(&subscriber); it != logs_.end()) {
    it->second.erase(log);
    if (it->second.empty()) logs_.erase(it);
  }
}

void Hub::forget(Subscriber& subscriber) {
  const auto it = logs_.find(&subscriber);
  if (it == logs_.end()) return;
  const std::set<LogId> logs = it->second;
  for (const LogId& log : logs) unsubscribe(log, subscriber);
}

void Hub::revoke(const LogId& log, const DeviceKey& device) {
  const auto it = readers_.find(log);
  if (it == readers_.end()) return;
  const std::set<Subscriber*> readers = it->second;
  for (Subscriber* reader : readers) {
    const DeviceKey* key = reader->device();
    if (key != nullptr && *key == device) unsubscribe(log, *reader);
  }
}

void Hub::publish(const LogId& log, const storage::LogEntry& entry, ByteView signed_head) {
  if (!readers_.contains(log)) return;
  wire::ServerFrame frame;
  auto& pushed = *frame.mutable_pushed();
  pushed.set_log(string_of(log.view()));
  *pushed.mutable_entry() = federation::to_wire(entry);
  pushed.set_signed_head(string_of(signed_head));
  send(log, encode_frame(frame));
}

void Hub::publish_head(const LogId& log, ByteView signed_head) {
  if (!readers_.contains(log)) return;
  wire::ServerFrame frame;
  auto& pushed = *frame.mutable_pushed();
  pushed.set_log(string_of(log.view()));
  pushed.set_signed_head(string_of(signed_head));
  send(log, encode_frame(frame));
}

void Hub::send(const LogId& log, const SharedFrame& frame) {
  for (Subscriber* reader : readers_.at(log)) reader->push(log, frame);
}

std::size_t Hub::readers(const LogId& log) const {
  const auto it = readers_.find(log);
  return it == readers_.end() ? 0 : it->second.size();
}

}  // namespace xom::server
