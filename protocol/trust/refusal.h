// A member's word against a commit that the node has ordered (RULES, "What a commit is judged by").
#pragma once

#include "protocol/trust/verified.h"

namespace xom::trust {

enum class RefusalReason : std::uint8_t { kCannotProcess = 1, kAgainstTheRules = 2 };

// schema/signed.proto. Who may say it stands in the group's tree, not here.
struct Refusal {
  static constexpr Kind kKind = Kind::kRefusal;
  LogId group;
  Epoch epoch{0};  // the one that the commit would end
  Hash commit;     // of the COMMIT entry's payload
  RefusalReason reason = RefusalReason::kCannotProcess;
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<Refusal> decode_body(ByteView body);
};

// One signature, by this device alone and without a device list. kUntrusted, and the errors of
// open_statement().
[[nodiscard]] Result<Refusal> verify_refusal(ByteView statement, const DeviceKey& device);

}  // namespace xom::trust
