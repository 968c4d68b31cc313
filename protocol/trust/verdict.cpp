#include "protocol/trust/verdict.h"

#include "protocol/codec/writer.h"

namespace xom::trust {

Bytes Verdict::encode() const {
  codec::Writer w;
  w.fixed(1, log).u64(2, raw(seq)).fixed(3, header_hash).time(4, time).boolean(5, official);
  if (!official) {
    const Error why = refusal.value_or(Error{ErrorCode::kInternal, "no reason given"});
    w.u64(6, static_cast<std::uint64_t>(why.code)).text(7, why.message);
    return w.take();
  }
  w.enumeration(8, kind).fixed(9, statement).fixed(10, issuer).text(11, issuer_name);
  w.boolean(12, real).bytes(13, body);
  for (const Signer& signer : signers) {
    codec::Writer inner;
    inner.fixed(1, signer.account).fixed(2, signer.device);
    w.element(14, inner.enumeration(3, signer.office).text(4, signer.name).take());
  }
  return w.take();
}

}  // namespace xom::trust
