#include "protocol/trust/leadership.h"

#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"

namespace xom::trust {

Bytes Leadership::encode_body() const {
  codec::Writer w;
  w.fixed(1, issuer).fixed(2, group).fixed(3, account).u64(4, from_version);
  if (replaces) w.fixed(5, *replaces);
  return w.take();
}

Result<Leadership> Leadership::decode_body(ByteView body) {
  codec::Reader r(body);
  Leadership l;
  l.issuer = r.fixed<AuthorityKey>(1);
  l.group = r.fixed<LogId>(2);
  l.account = r.fixed<AccountKey>(3);
  l.from_version = r.u64(4);
  const ByteView replaces = r.bytes(5, AccountKey::kSize);
  if (!replaces.empty()) {
    auto account = AccountKey::from(replaces);
    if (account) l.replaces = *account;
    if (!account || *account == l.account) {
      r.refuse(ErrorCode::kMalformed, "a leader is replaced by another account");
    }
  }
  if (l.from_version == 0) r.refuse(ErrorCode::kMalformed, "a leadership needs a version");
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("leadership"));
  return l;
}

}  // namespace xom::trust
