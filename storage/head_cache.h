// Heads of the logs used last, as read from or written to the engine; bounded.
#pragma once

#include <list>
#include <optional>
#include <string>
#include <unordered_map>

#include "storage/log_records.h"

namespace xom::storage {

// A head together with the bytes that the engine holds for it (nullopt: the log was never written).
struct StoredHead {
  HeadRecord head;
  std::optional<std::string> raw;
};

class HeadCache {
 public:
  explicit HeadCache(std::size_t capacity) : capacity_(capacity) {}

  // Valid until the next call.
  [[nodiscard]] const StoredHead* find(const LogId& log) {
    const auto found = index_.find(log);
    if (found == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->second;
  }

  void put(const LogId& log, StoredHead head) {
    forget(log);
    order_.emplace_front(log, std::move(head));
    index_.emplace(log, order_.begin());
    if (order_.size() > capacity_) forget(LogId(order_.back().first));
  }

  void forget(const LogId& log) {
    const auto found = index_.find(log);
    if (found == index_.end()) return;
    order_.erase(found->second);
    index_.erase(found);
  }

  void clear() {
    index_.clear();
    order_.clear();
  }

  [[nodiscard]] std::size_t size() const { return order_.size(); }

 private:
  struct Hasher {
    std::size_t operator()(const LogId& log) const {
      return std::hash<std::string_view>()(text_of(log.view()));
    }
  };
  using Order = std::list<std::pair<LogId, StoredHead>>;  // used last comes first

  std::size_t capacity_;
  Order order_;
  std::unordered_map<LogId, Order::iterator, Hasher> index_;
};

}  // namespace xom::storage
