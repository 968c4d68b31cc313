// The node's clock, an interface so that tests can set it.
#pragma once

#include "protocol/base/bytes.h"

namespace xom::server {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimeMs now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimeMs now() const override;
};

}  // namespace xom::server
