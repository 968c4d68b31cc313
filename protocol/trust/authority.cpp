#include "protocol/trust/authority.h"

#include <algorithm>
#include <set>

#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"
#include "protocol/trust/limits.h"

namespace xom::trust {

namespace {
void require_window(codec::Reader& reader, TimeMs not_before, TimeMs expires) {
  if (raw(expires) != 0 && raw(expires) <= raw(not_before)) {
    reader.refuse(ErrorCode::kMalformed, "expires before it begins");
  }
}
void require(codec::Reader& reader, bool condition, const char* message) {
  if (!condition) reader.refuse(ErrorCode::kMalformed, message);
}
}  // namespace

std::string_view name_of(Office office) {
  switch (office) {
    case Office::kCellLeader:
      return "cell_leader";
    case Office::kAreaOfficer:
      return "area_officer";
    case Office::kDutyOfficer:
      return "duty_officer";
    case Office::kPublisher:
      return "publisher";
    case Office::kApprover:
      return "approver";
  }
  return "unknown";
}

Bytes Certificate::encode_body() const {
  codec::Writer w;
  w.fixed(1, issuer).fixed(2, authority).fixed(3, node_key).text(4, name).text(5, level);
  w.time(6, not_before).time(7, expires);
  return w.take();
}

Result<Certificate> Certificate::decode_body(ByteView body) {
  codec::Reader r(body);
  Certificate c;
  c.issuer = r.fixed<AuthorityKey>(1);
  c.authority = r.fixed<AuthorityKey>(2);
  c.node_key = r.fixed<NodeKey>(3);
  c.name = r.text(4, kMaxName);
  c.level = r.text(5, kMaxLevel);
  c.not_before = r.time(6);
  c.expires = r.time(7);
  require(r, !c.name.empty(), "a node needs a name");
  require(r, c.node_key.bytes != c.authority.bytes, "node key and authority key are one");
  require(r, c.node_key.bytes != c.issuer.bytes, "node key and issuer's authority key are one");
  require_window(r, c.not_before, c.expires);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("certificate"));
  return c;
}

Bytes Unit::encode_body() const {
  codec::Writer w;
  w.fixed(1, issuer).text(2, unit).text(3, parent).text(4, level).text(5, name);
  return w.take();
}

Result<Unit> Unit::decode_body(ByteView body) {
  codec::Reader r(body);
  Unit u;
  u.issuer = r.fixed<AuthorityKey>(1);
  u.unit = r.text(2, kMaxUnitId);
  u.parent = r.text(3, kMaxUnitId);
  u.level = r.text(4, kMaxLevel);
  u.name = r.text(5, kMaxName);
  require(r, !u.unit.empty() && !u.name.empty(), "a unit needs an id and a name");
  require(r, u.unit != u.parent, "a unit cannot be its own parent");
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("unit"));
  return u;
}

Bytes Appointment::encode_body() const {
  codec::Writer w;
  w.fixed(1, issuer).fixed(2, account).enumeration(3, office);
  for (const std::string& unit : units) w.element(4, view_of(unit));
  w.text(5, name).time(6, not_before).time(7, expires);
  return w.take();
}

Result<Appointment> Appointment::decode_body(ByteView body) {
  codec::Reader r(body);
  Appointment a;
  a.issuer = r.fixed<AuthorityKey>(1);
  a.account = r.fixed<AccountKey>(2);
  a.office = r.enumeration(3, Office::kApprover);
  a.units = r.text_list(4, kMaxAppointedUnits, kMaxUnitId);
  a.name = r.text(5, kMaxName);
  a.not_before = r.time(6);
  a.expires = r.time(7);
  require(r, !a.name.empty(), "an appointment needs the person's name");
  require(r, std::set<std::string>(a.units.begin(), a.units.end()).size() == a.units.size(),
          "a unit is named twice");
  require_window(r, a.not_before, a.expires);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("appointment"));
  return a;
}

Bytes Revocation::encode_body() const {
  codec::Writer w;
  w.fixed(1, issuer).fixed(2, statement).text(3, reason);
  return w.take();
}

Result<Revocation> Revocation::decode_body(ByteView body) {
  codec::Reader r(body);
  Revocation v;
  v.issuer = r.fixed<AuthorityKey>(1);
  v.statement = r.fixed<StatementId>(2);
  v.reason = r.text(3, kMaxReason);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("revocation"));
  return v;
}

}  // namespace xom::trust
