#include "protocol/trust/refusal.h"

#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"

namespace xom::trust {

Bytes Refusal::encode_body() const {
  codec::Writer w;
  w.fixed(1, group).u64(2, raw(epoch)).fixed(3, commit).enumeration(4, reason);
  return w.take();
}

Result<Refusal> Refusal::decode_body(ByteView body) {
  codec::Reader r(body);
  Refusal refusal;
  refusal.group = r.fixed<LogId>(1);
  refusal.epoch = Epoch{r.u64(2)};
  refusal.commit = r.fixed<Hash>(3);
  refusal.reason = r.enumeration(4, RefusalReason::kAgainstTheRules);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("refusal"));
  return refusal;
}

Result<Refusal> verify_refusal(ByteView statement, const DeviceKey& device) {
  auto opened = open_signed_by<Refusal>(statement, device.view());
  if (!opened) return std::unexpected(opened.error());
  return opened->value;
}

}  // namespace xom::trust
