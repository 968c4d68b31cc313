#include "tools/load/speakers.h"

#include <algorithm>

namespace xom::load {

Speakers::Speakers(Clients& clients, const Population& population, std::uint32_t groups,
                   double rate, std::size_t size, Clock::time_point begin)
    : clients_(clients),
      population_(population),
      groups_(groups),
      gap_us_(rate > 0 ? population.members * 1e6 / rate : 0),
      size_(size),
      begin_(begin) {}

void Speakers::step(std::chrono::microseconds most) {
  if (gap_us_ <= 0) return clients_.poll(most);
  const auto due = begin_ + std::chrono::microseconds(
                                static_cast<std::int64_t>(static_cast<double>(sent_) * gap_us_));
  const auto now = Clock::now();
  if (now < due) {
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(due - now);
    return clients_.poll(std::min(left, most));
  }
  const auto group = static_cast<std::uint32_t>(sent_ % groups_) * population_.places;
  const std::uint32_t speaker = clients_.connection_of(population_.first_member(group));
  (void)clients_.send(speaker, size_, {microseconds(due), group});
  late_.add(static_cast<std::uint64_t>(microseconds(now) - microseconds(due)));
  ++sent_;
  if (sent_ % 16 == 0) clients_.poll(std::chrono::microseconds(0));
}

}  // namespace xom::load
