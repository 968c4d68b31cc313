// schema/core.proto, Standing.
#pragma once

#include "protocol/wasm/abi.h"

namespace xom::wasm {

[[nodiscard]] Bytes encode_standing(const LogId& log, Seq seq, const Hash& hash, TimeMs time);

}  // namespace xom::wasm
