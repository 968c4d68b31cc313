#include "server/clock.h"

#include <chrono>

namespace xom::server {

TimeMs SystemClock::now() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

}  // namespace xom::server
