#include "protocol/trust/voucher.h"

#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"
#include "protocol/trust/limits.h"

namespace xom::trust {

Bytes Voucher::encode_body() const {
  codec::Writer w;
  w.fixed(1, group).fixed(2, key).text(3, household).u64(4, most_devices);
  w.u64(5, raw(issued_epoch)).time(6, expires).fixed(7, inviter);
  return w.take();
}

Result<Voucher> Voucher::decode_body(ByteView body) {
  codec::Reader r(body);
  Voucher v;
  v.group = r.fixed<LogId>(1);
  v.key = r.fixed<OneTimeKey>(2);
  v.household = r.text(3, kMaxHousehold);
  v.most_devices = r.u64(4);
  v.issued_epoch = Epoch{r.u64(5)};
  v.expires = r.time(6);
  v.inviter = r.fixed<AccountKey>(7);
  if (v.most_devices < 1 || v.most_devices > kMaxDevices) {
    r.refuse(ErrorCode::kMalformed, "a voucher is for 1 to 8 devices");
  }
  if (raw(v.expires) == 0) r.refuse(ErrorCode::kMalformed, "a voucher must expire");
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("voucher"));
  return v;
}

Bytes JoinRequest::encode_body() const {
  codec::Writer w;
  w.fixed(1, group).fixed(2, voucher).fixed(3, key_package).fixed(4, account);
  return w.take();
}

Result<JoinRequest> JoinRequest::decode_body(ByteView body) {
  codec::Reader r(body);
  JoinRequest q;
  q.group = r.fixed<LogId>(1);
  q.voucher = r.fixed<StatementId>(2);
  q.key_package = r.fixed<KeyPackageRef>(3);
  q.account = r.fixed<AccountKey>(4);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("join request"));
  return q;
}

Bytes make_voucher(const Voucher& voucher, const crypto::SigningKey& device, Bytes device_list) {
  return sign_value(voucher, device, std::move(device_list));
}

Bytes make_join_request(const JoinRequest& request, const crypto::SigningKey& one_time) {
  return sign_value(request, one_time);
}

Result<VerifiedVoucher> verify_voucher(ByteView statement) {
  auto opened = open_statement<Voucher>(statement);
  if (!opened) return std::unexpected(opened.error());
  if (opened->signatures.size() != 1) {
    return fail(ErrorCode::kUntrusted, "a voucher has one signature");
  }
  auto signer = device_signer(opened->signatures.front());
  if (!signer) return std::unexpected(signer.error());
  if (signer->account != opened->value.inviter) {
    return fail(ErrorCode::kUntrusted, "voucher signed by a device of another account");
  }
  return VerifiedVoucher{std::move(opened->value), opened->id, *signer};
}

Result<JoinRequest> verify_join_request(ByteView statement, const VerifiedVoucher& voucher) {
  auto opened = open_signed_by<JoinRequest>(statement, voucher.voucher.key.view());
  if (!opened) return std::unexpected(opened.error());
  if (opened->value.voucher != voucher.id || opened->value.group != voucher.voucher.group) {
    return fail(ErrorCode::kUntrusted, "join request for another voucher or group");
  }
  return opened->value;
}

Result<Admission> check_admission(ByteView voucher, ByteView join_request,
                                  const AdmissionClaim& claim) {
  auto verified = verify_voucher(voucher);
  if (!verified) return std::unexpected(verified.error().during("voucher"));
  auto request = verify_join_request(join_request, *verified);
  if (!request) return std::unexpected(request.error().during("join request"));
  if (verified->voucher.group != claim.group) {
    return fail(ErrorCode::kUntrusted, "voucher of another group");
  }
  if (request->key_package != claim.key_package) {
    return fail(ErrorCode::kUntrusted, "join request for another KeyPackage");
  }
  if (request->account != claim.account) {
    return fail(ErrorCode::kUntrusted, "join request for another account");
  }
  if (raw(claim.committer_time) >= raw(verified->voucher.expires)) {
    return fail(ErrorCode::kExpired, "the voucher has expired");
  }
  return Admission{std::move(verified->voucher), verified->id, verified->inviter, claim.account};
}

}  // namespace xom::trust
