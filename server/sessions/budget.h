// What a session may cost: penalty points for bad messages, and a pace for requests. Pure; the
// caller has the clock.
#pragma once

#include <algorithm>
#include <chrono>

#include "protocol/base/result.h"
#include "server/limits.h"

namespace xom::server {

class Penalty {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Charges for a refusal; one point is forgiven a second. True: that was too much, end the
  // session.
  [[nodiscard]] bool charge(ErrorCode code, Time now);

 private:
  double points_ = 0;
  Time at_{};
};

class Pace {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // How long to wait before the next request is taken.
  [[nodiscard]] std::chrono::milliseconds take(Time now);

 private:
  double tokens_ = limits::kRequestBurst;
  Time at_{};
  bool started_ = false;
};

}  // namespace xom::server
