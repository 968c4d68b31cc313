#pragma once

namespace xom::server {
inline constexpr const char* kVersion = "0.1.0";
}
