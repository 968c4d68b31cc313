#include <algorithm>

#include "protocol/trust/alert.h"
#include "protocol/trust/device.h"
#include "protocol/trust/enrolment.h"
#include "protocol/trust/entry_header.h"
#include "protocol/trust/session.h"
#include "protocol/trust/voucher.h"
#include "tests/protocol/fuzz/targets.h"

namespace xom::fuzz {

namespace {

using namespace trust;  // the kinds are many

template <class F>
F some(std::uint8_t fill) {
  F f;
  f.bytes.fill(fill);
  return f;
}

Bytes chosen(std::uint8_t reader, const Bytes& bytes) {
  Bytes out(bytes.size() + 1, reader);
  std::ranges::copy(bytes, out.begin() + 1);
  return out;
}

// The envelope of `value` and its body, as two seeds.
template <class T>
void add(std::vector<Seed>& seeds, const T& value) {
  const auto key = crypto::SigningKey::from_seed(Bytes(32, 1)).value();
  const auto number = static_cast<std::uint8_t>(T::kKind);
  const std::string name = "kind-" + std::to_string(number);
  seeds.push_back({name, chosen(number, value.encode_body())});
  seeds.push_back({name + "-envelope", chosen(0, sign_value(value, key))});
}

Alert alert() {
  Alert a;
  a.issuer = some<AuthorityKey>(1);
  a.log = some<LogId>(2);
  a.id = some<AlertId>(3);
  a.sent = TimeMs{4};
  a.status = AlertStatus::kActual;
  a.msg_type = MsgType::kUpdate;
  a.urgency = Urgency::kImmediate;
  a.severity = Severity::kExtreme;
  a.certainty = Certainty::kObserved;
  a.category = "Security";
  a.event = "Lừa đảo";
  a.headline = "Cảnh báo";
  a.description = "Một\nhai";
  a.instruction = "Tắt máy";
  a.contact = "113";
  a.effective = TimeMs{5};
  a.expires = TimeMs{6};
  a.areas = {{some<NodeId>(1), "kp1"}};
  a.references = {some<AlertId>(9)};
  a.language = "vi-VN";
  return a;
}

}  // namespace

std::vector<Seed> statement_seeds() {
  std::vector<Seed> s;
  const auto issuer = some<AuthorityKey>(1);
  const auto account = some<AccountKey>(2);
  const TimeMs time{1'700'000'000'000};
  add(s, Certificate{issuer, some<AuthorityKey>(3), some<NodeKey>(4), "Tên", "Phường", time, {}});
  add(s, Unit{issuer, "kp1/to5", "kp1", "Tổ dân phố", "Tổ 5"});
  add(s, Appointment{
             issuer, account, Office::kPublisher, {"kp1"}, "Tên", time, TimeMs{raw(time) + 1}});
  add(s, Revocation{issuer, some<StatementId>(3), "vì"});
  add(s, alert());
  add(s, Post{issuer, some<LogId>(2), some<AlertId>(3), time, Seq{5}, "Tiêu đề", "Một\nhai"});
  add(s, DeviceList{account, 1, {some<DeviceKey>(3), some<DeviceKey>(4)}});
  add(s, Profile{account, 1, "Tên"});
  add(s, Voucher{some<LogId>(1), some<OneTimeKey>(2), "nhà", 2, Epoch{3}, time, account});
  add(s, JoinRequest{some<LogId>(1), some<StatementId>(2), some<KeyPackageRef>(3), account});
  add(s, Invitation{issuer, some<OneTimeKey>(2), Office::kPublisher, {"kp1"}, "Tên", time});
  add(s, OfficeRequest{some<StatementId>(1), account, Bytes{1, 2, 3}, "Tên"});
  add(s, EnrolmentGrant{issuer, some<OneTimeKey>(2), "Tên", "Phường", time});
  add(s, EnrolmentRequest{some<StatementId>(1), some<AuthorityKey>(2), some<NodeKey>(3), time});
  add(s, EntryHeader{some<LogId>(1), Seq{1}, Hash{}, some<Hash>(3), time});
  add(s, LogHead{some<LogId>(1), Seq{1}, some<Hash>(3), time});
  add(s, Login{some<NodeKey>(1), some<Challenge>(2), some<DeviceKey>(3)});
  add(s, LinkHandshake{LinkRole::kChild, some<Hash>(2)});
  return s;
}

}  // namespace xom::fuzz
