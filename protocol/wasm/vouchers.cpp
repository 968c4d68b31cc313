// How somebody may enter a group: vouchers, join requests, admission.
#include "protocol/trust/voucher.h"
#include "protocol/wasm/abi.h"

namespace xom::wasm {

using namespace trust;

namespace {

// schema/core.proto, VerifiedVoucher.
Bytes encode(const Voucher& voucher, const StatementId& id, const DeviceSigner& inviter) {
  return codec::Writer{}
      .fixed(1, id)
      .bytes(2, voucher.encode_body())
      .fixed(3, inviter.device)
      .u64(4, inviter.list_version)
      .take();
}

}  // namespace

// core.VerifiedVoucher.
XOM_EXPORT(xom_voucher_verify)
Answer* xom_voucher_verify(const std::uint8_t* data, std::size_t size) {
  const auto verified = verify_voucher(in(data, size));
  if (!verified) return give_error(verified.error());
  return give(ByteView{encode(verified->voucher, verified->id, verified->inviter)});
}

// statement.JoinRequest that goes with this voucher.
XOM_EXPORT(xom_join_request_verify)
Answer* xom_join_request_verify(const std::uint8_t* request, std::size_t request_size,
                                const std::uint8_t* voucher, std::size_t voucher_size) {
  const auto verified = verify_voucher(in(voucher, voucher_size));
  if (!verified) return give_error(verified.error());
  const auto joined = verify_join_request(in(request, request_size), *verified);
  if (!joined) return give_error(joined.error());
  return give(ByteView{joined->encode_body()});
}

// core.VerifiedVoucher, if voucher and request allow exactly this Add (trust/voucher.h).
XOM_EXPORT(xom_admission_check)
Answer* xom_admission_check(const std::uint8_t* voucher, std::size_t voucher_size,
                            const std::uint8_t* request, std::size_t request_size,
                            const std::uint8_t* group, std::size_t group_size,
                            const std::uint8_t* key_package, std::size_t key_package_size,
                            const std::uint8_t* account, std::size_t account_size,
                            std::int64_t committer_time) {
  const auto log = LogId::from(in(group, group_size));
  if (!log) return give_error(log.error());
  const auto ref = KeyPackageRef::from(in(key_package, key_package_size));
  if (!ref) return give_error(ref.error());
  const auto who = AccountKey::from(in(account, account_size));
  if (!who) return give_error(who.error());
  const AdmissionClaim claim{*log, *ref, *who, TimeMs{committer_time}};
  const auto admission =
      check_admission(in(voucher, voucher_size), in(request, request_size), claim);
  if (!admission) return give_error(admission.error());
  return give(ByteView{encode(admission->voucher, admission->voucher_id, admission->inviter)});
}

}  // namespace xom::wasm
