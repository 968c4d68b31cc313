// In each group one member writes, the groups in turn, on a fixed schedule: it waits for nobody, so
// that waiting is not hidden from the times.
#pragma once

#include "tools/load/client.h"
#include "tools/load/histogram.h"

namespace xom::load {

class Speakers {
 public:
  // Of the first `groups` of those that have members of their own; the first message is due at
  // `begin`. `rate`: deliveries a second, over all groups; 0: they are silent.
  Speakers(Clients& clients, const Population& population, std::uint32_t groups, double rate,
           std::size_t size, Clock::time_point begin);

  // Sends a message if one is due, else handles what comes until one is, or for `most`.
  void step(std::chrono::microseconds most = std::chrono::milliseconds(100));
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  // How long after it was due each was sent: what of the times is this process's own.
  [[nodiscard]] const Histogram& late() const { return late_; }

 private:
  Clients& clients_;
  const Population population_;
  std::uint32_t groups_;
  double gap_us_ = 0;
  std::size_t size_;
  Clock::time_point begin_;
  std::uint64_t sent_ = 0;
  Histogram late_;
};

}  // namespace xom::load
