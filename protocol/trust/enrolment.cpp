#include "protocol/trust/enrolment.h"

#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"
#include "protocol/trust/device.h"
#include "protocol/trust/limits.h"

namespace xom::trust {

namespace {

// An offer: signed by `issuer`, not over.
template <class T>
Result<Verified<T>> verify_offer(ByteView statement, const NodeId& issuer, TimeMs now) {
  auto opened = open_self_signed<T>(statement);
  if (!opened) return opened;
  if (opened->value.issuer != issuer) {
    return fail(ErrorCode::kUntrusted, "signed by the authority of another node");
  }
  if (raw(now) >= raw(opened->value.expires)) return fail(ErrorCode::kExpired, "the offer is over");
  return opened;
}

}  // namespace

Bytes Invitation::encode_body() const {
  codec::Writer w;
  w.fixed(1, issuer).fixed(2, key).enumeration(3, office);
  for (const std::string& unit : units) w.element(4, view_of(unit));
  w.text(5, name).time(6, expires);
  return w.take();
}

Result<Invitation> Invitation::decode_body(ByteView body) {
  codec::Reader r(body);
  Invitation i;
  i.issuer = r.fixed<AuthorityKey>(1);
  i.key = r.fixed<OneTimeKey>(2);
  i.office = r.enumeration(3, Office::kApprover);
  i.units = r.text_list(4, kMaxAppointedUnits, kMaxUnitId);
  i.name = r.text(5, kMaxName);
  i.expires = r.time(6);
  if (raw(i.expires) == 0) r.refuse(ErrorCode::kMalformed, "an invitation must expire");
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("invitation"));
  return i;
}

Bytes OfficeRequest::encode_body() const {
  codec::Writer w;
  w.fixed(1, invitation).fixed(2, account).bytes(3, device_list).text(4, name);
  return w.take();
}

Result<OfficeRequest> OfficeRequest::decode_body(ByteView body) {
  codec::Reader r(body);
  OfficeRequest q;
  q.invitation = r.fixed<StatementId>(1);
  q.account = r.fixed<AccountKey>(2);
  const ByteView list = r.bytes(3, kMaxBody);
  q.name = r.text(4, kMaxName);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("office request"));
  q.device_list.assign(list.begin(), list.end());
  return q;
}

Bytes EnrolmentGrant::encode_body() const {
  codec::Writer w;
  w.fixed(1, issuer).fixed(2, key).text(3, name).text(4, level).time(5, expires);
  return w.take();
}

Result<EnrolmentGrant> EnrolmentGrant::decode_body(ByteView body) {
  codec::Reader r(body);
  EnrolmentGrant g;
  g.issuer = r.fixed<AuthorityKey>(1);
  g.key = r.fixed<OneTimeKey>(2);
  g.name = r.text(3, kMaxName);
  g.level = r.text(4, kMaxLevel);
  g.expires = r.time(5);
  if (raw(g.expires) == 0) r.refuse(ErrorCode::kMalformed, "a grant must expire");
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("enrolment grant"));
  return g;
}

Bytes EnrolmentRequest::encode_body() const {
  codec::Writer w;
  w.fixed(1, grant).fixed(2, authority).fixed(3, node_key).time(4, made);
  return w.take();
}

Result<EnrolmentRequest> EnrolmentRequest::decode_body(ByteView body) {
  codec::Reader r(body);
  EnrolmentRequest q;
  q.grant = r.fixed<StatementId>(1);
  q.authority = r.fixed<AuthorityKey>(2);
  q.node_key = r.fixed<NodeKey>(3);
  q.made = r.time(4);
  if (q.authority.bytes == q.node_key.bytes) {
    r.refuse(ErrorCode::kMalformed, "node key and authority key are one");
  }
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("enrolment request"));
  return q;
}

Bytes make_enrolment_request(const EnrolmentRequest& request, const crypto::SigningKey& one_time,
                             const crypto::SigningKey& authority, const crypto::SigningKey& node) {
  Statement statement = make_statement(request);
  statement.sign(one_time);
  statement.sign(authority);
  statement.sign(node);
  return statement.encode();
}

Result<Verified<Invitation>> verify_invitation(ByteView statement, const NodeId& issuer,
                                               TimeMs now) {
  return verify_offer<Invitation>(statement, issuer, now);
}

Result<Verified<EnrolmentGrant>> verify_grant(ByteView statement, const NodeId& issuer,
                                              TimeMs now) {
  return verify_offer<EnrolmentGrant>(statement, issuer, now);
}

Result<Verified<OfficeRequest>> verify_office_request(ByteView statement,
                                                      const Verified<Invitation>& invitation) {
  auto opened = open_signed_by<OfficeRequest>(statement, invitation.value.key.view());
  if (!opened) return opened;
  if (opened->value.invitation != invitation.id) {
    return fail(ErrorCode::kUntrusted, "answers another invitation");
  }
  auto list = verify_device_list(opened->value.device_list);
  if (!list) return std::unexpected(list.error().during("device list of the office request"));
  if (list->value.account != opened->value.account) {
    return fail(ErrorCode::kUntrusted, "device list of another account");
  }
  return opened;
}

Result<Verified<EnrolmentRequest>> verify_enrolment_request(ByteView statement,
                                                            const Verified<EnrolmentGrant>& grant) {
  auto opened = open_statement<EnrolmentRequest>(statement);
  if (!opened) return opened;
  const ByteView keys[] = {grant.value.key.view(), opened->value.authority.view(),
                           opened->value.node_key.view()};
  if (auto ok = require_signers(opened->signatures, keys); !ok) return std::unexpected(ok.error());
  if (opened->value.grant != grant.id) {
    return fail(ErrorCode::kUntrusted, "answers another grant");
  }
  return opened;
}

}  // namespace xom::trust
