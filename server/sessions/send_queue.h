// Frames that wait to be written to one session. Bounded: answers are never dropped (the reader
// stops instead), pushes are, and then the client is told `Behind` once per log and fetches from
// its cursor.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "server/hub/hub.h"

namespace xom::server {

class SendQueue {
 public:
  SendQueue(std::size_t most_entries, std::size_t most_bytes)
      : most_entries_(most_entries), most_bytes_(most_bytes) {}

  void answer(SharedFrame frame);
  // Over the limits: drops all pushes that wait, this one too.
  void push(const LogId& log, const SharedFrame& frame);

  // The next frame to write; `Behind` after what waits. nullptr: nothing.
  [[nodiscard]] SharedFrame pop();

  [[nodiscard]] bool empty() const { return entries() == 0 && behind_.empty(); }
  [[nodiscard]] bool full() const { return entries() >= most_entries_ || bytes_ >= most_bytes_; }
  [[nodiscard]] std::size_t entries() const { return items_.size() - first_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Item {
    SharedFrame frame;
    std::optional<LogId> log;  // of a push
  };
  void drop_popped();

  std::size_t most_entries_;
  std::size_t most_bytes_;
  std::vector<Item> items_;  // from `first_` on; no memory while there are none
  std::size_t first_ = 0;
  std::set<LogId> behind_;
  std::size_t bytes_ = 0;
};

}  // namespace xom::server
