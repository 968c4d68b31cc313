#include "server/sessions/send_queue.h"

#include "client.pb.h"
#include "server/sessions/frames.h"
#include "server/text.h"

namespace xom::server {

void SendQueue::answer(SharedFrame frame) {
  bytes_ += frame->size();
  items_.push_back({std::move(frame), std::nullopt});
}

void SendQueue::push(const LogId& log, const SharedFrame& frame) {
  if (behind_.contains(log)) return;  // the client will fetch it
  if (entries() + 1 <= most_entries_ && bytes_ + frame->size() <= most_bytes_) {
    bytes_ += frame->size();
    items_.push_back({frame, log});
    return;
  }
  behind_.insert(log);
  drop_popped();
  std::erase_if(items_, [&](const Item& item) {
    if (!item.log) return false;
    behind_.insert(*item.log);
    bytes_ -= item.frame->size();
    return true;
  });
}

void SendQueue::drop_popped() {
  items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
}

SharedFrame SendQueue::pop() {
  if (entries() > 0) {
    SharedFrame frame = std::move(items_[first_++].frame);
    bytes_ -= frame->size();
    if (entries() == 0) {
      std::vector<Item>().swap(items_);  // an assignment would keep its memory
      first_ = 0;
    } else if (first_ >= most_entries_) {
      drop_popped();
    }
    return frame;
  }
  if (behind_.empty()) return nullptr;
  const LogId log = *behind_.begin();
  behind_.erase(behind_.begin());
  wire::ServerFrame frame;
  frame.mutable_behind()->set_log(string_of(log.view()));
  return encode_frame(frame);
}

}  // namespace xom::server
