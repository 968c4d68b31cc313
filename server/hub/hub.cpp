#include "server/hub/hub.h"

#include <algorithm>

#include "client.pb.h"
#include "federation/frames.h"
#include "server/text.h"

namespace xom::server {

namespace {

// How many readers ahead of the one that is served the next are brought into the cache: with
// thousands of sessions each is cold, and fetching one takes about as long as sending to a few.
constexpr std::size_t kAhead = 4;

}  // namespace

void Hub::subscribe(const LogId& log, Subscriber& subscriber) {
  if (subscribed(log, subscriber)) return;
  Readers& readers = readers_.try_emplace(log, Readers{log, {}}).first->second;
  subscriber.places_.push_back({&readers, readers.all.size()});
  readers.all.push_back({&subscriber, subscriber.places_.size() - 1});
}

bool Hub::subscribed(const LogId& log, const Subscriber& subscriber) const {
  return std::ranges::any_of(subscriber.places_,
                             [&](const Place& place) { return place.readers->log == log; });
}

// The last one takes the free place, in both lists.
void Hub::remove(Subscriber& subscriber, std::size_t place) {
  const Place left = subscriber.places_[place];
  std::vector<Reader>& all = left.readers->all;
  all[left.index] = all.back();
  all.pop_back();
  if (left.index < all.size())
    all[left.index].subscriber->places_[all[left.index].place].index = left.index;

  subscriber.places_[place] = subscriber.places_.back();
  subscriber.places_.pop_back();
  if (place < subscriber.places_.size()) {
    const Place& moved = subscriber.places_[place];
    moved.readers->all[moved.index].place = place;
  }
  if (all.empty()) readers_.erase(LogId(left.readers->log));
}

void Hub::unsubscribe(const LogId& log, Subscriber& subscriber) {
  const auto at = std::ranges::find_if(
      subscriber.places_, [&](const Place& place) { return place.readers->log == log; });
  if (at == subscriber.places_.end()) return;
  remove(subscriber, static_cast<std::size_t>(at - subscriber.places_.begin()));
}

void Hub::forget(Subscriber& subscriber) {
  while (!subscriber.places_.empty()) remove(subscriber, subscriber.places_.size() - 1);
}

void Hub::revoke(const LogId& log, const DeviceKey& device) {
  const auto it = readers_.find(log);
  if (it == readers_.end()) return;
  const std::vector<Reader> readers = it->second.all;
  for (const Reader& reader : readers) {
    const DeviceKey* key = reader.subscriber->device();
    if (key != nullptr && *key == device) unsubscribe(log, *reader.subscriber);
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
  const std::vector<Reader>& all = readers_.at(log).all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i + kAhead < all.size()) __builtin_prefetch(all[i + kAhead].subscriber);
    all[i].subscriber->push(log, frame);
  }
}

std::size_t Hub::readers(const LogId& log) const {
  const auto it = readers_.find(log);
  return it == readers_.end() ? 0 : it->second.all.size();
}

}  // namespace xom::server
