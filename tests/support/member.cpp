#include "tests/support/member.h"

#include <chrono>

#include "protocol/trust/device.h"
#include "protocol/trust/session.h"
#include "tests/support/live_group.h"

namespace xom::test {
namespace {

std::string text(ByteView bytes) { return std::string(text_of(bytes)); }

crypto::SigningKey new_key() { return crypto::SigningKey::generate(crypto::system_random()); }

}  // namespace

TimeMs now_ms() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count()};
}

Person Person::make() {
  Person person{new_key(), new_key(), {}};
  person.device_list = sign_device_list(person.account_key, 1, {person.device()});
  return person;
}

Bytes sign_device_list(const crypto::SigningKey& account, std::uint64_t version,
                       std::vector<DeviceKey> devices) {
  trust::DeviceList list;
  list.account = account.public_key_as<AccountKey>();
  list.version = version;
  list.devices = std::move(devices);
  return trust::sign_value(list, account);
}

AuthorityPerson AuthorityPerson::make() { return AuthorityPerson{new_key()}; }

Bytes AuthorityPerson::root_certificate(const NodeKey& node_key, std::string name) const {
  trust::Certificate certificate;
  certificate.issuer = id();
  certificate.authority = id();
  certificate.node_key = node_key;
  certificate.name = std::move(name);
  certificate.level = "Phường";
  certificate.not_before = TimeMs{raw(now_ms()) - 60'000};
  return trust::sign_value(certificate, key);
}

Bytes AuthorityPerson::unit(std::string unit_id, std::string name) const {
  trust::Unit unit;
  unit.issuer = id();
  unit.unit = std::move(unit_id);
  unit.level = "Tổ dân phố";
  unit.name = std::move(name);
  return trust::sign_value(unit, key);
}

Bytes AuthorityPerson::appointment(const AccountKey& account, trust::Office office,
                                   std::vector<std::string> units) const {
  trust::Appointment appointment;
  appointment.issuer = id();
  appointment.account = account;
  appointment.office = office;
  appointment.units = std::move(units);
  appointment.name = "Trần Thị Bình";
  appointment.not_before = TimeMs{raw(now_ms()) - 60'000};
  return trust::sign_value(appointment, key);
}

Bytes login(const Person& person, const wire::Challenge& challenge) {
  trust::Login statement;
  statement.node_key = NodeKey::from(view_of(challenge.node_key())).value();
  statement.challenge = trust::Challenge::from(view_of(challenge.nonce())).value();
  statement.device = person.device();
  return trust::sign_value(statement, person.device_key);
}

Invited invite(const Person& inviter, const LogId& group, TimeMs expires) {
  Invited invited{new_key(), {}};
  trust::Voucher voucher;
  voucher.group = group;
  voucher.key = invited.one_time.public_key_as<OneTimeKey>();
  voucher.household = "12/5";
  voucher.expires = expires;
  voucher.inviter = inviter.account();
  invited.voucher = trust::make_voucher(voucher, inviter.device_key, inviter.device_list);
  return invited;
}

Bytes join_request(const Invited& invited, const LogId& group, const Person& joiner,
                   ByteView key_package) {
  trust::JoinRequest request;
  request.group = group;
  request.voucher = trust::verify_voucher(invited.voucher).value().id;
  const auto message = mls::read_message(key_package).value();
  request.key_package.bytes = std::get<mls::KeyPackage>(message.value).reference().bytes;
  request.account = joiner.account();
  return trust::make_join_request(request, invited.one_time);
}

Result<wire::ServerFrame> submit(WsClient& client, ByteView statement) {
  wire::ClientFrame frame;
  frame.mutable_submit()->set_statement(text(statement));
  return client.call(std::move(frame));
}

Result<wire::ServerFrame> say_hello(WsClient& client, const Person& person) {
  wire::ClientFrame frame;
  frame.mutable_hello()->set_version(1);
  frame.mutable_hello()->set_login(text(login(person, client.challenge())));
  return client.call(std::move(frame));
}

Result<wire::ServerFrame> register_appointed(WsClient& client, const Person& person) {
  wire::ClientFrame frame;
  auto& request = *frame.mutable_register_();
  request.set_device_list(text(person.device_list));
  request.set_login(text(login(person, client.challenge())));
  request.set_appointed(true);
  return client.call(std::move(frame));
}

Result<wire::ServerFrame> register_invited(WsClient& client, const Person& person, ByteView voucher,
                                           ByteView request) {
  wire::ClientFrame frame;
  auto& registration = *frame.mutable_register_();
  registration.set_device_list(text(person.device_list));
  registration.set_login(text(login(person, client.challenge())));
  registration.mutable_voucher()->set_voucher(text(voucher));
  registration.mutable_voucher()->set_join_request(text(request));
  return client.call(std::move(frame));
}

Result<wire::ServerFrame> ask_to_join(WsClient& client, const Person& person, const LogId& group,
                                      EntryId entry_id, ByteView voucher, ByteView request,
                                      ByteView key_package) {
  wire::ClientFrame frame;
  auto& join = *frame.mutable_join();
  join.set_group(text(group.view()));
  join.set_entry_id(raw(entry_id));
  join.set_voucher(text(voucher));
  join.set_join_request(text(request));
  join.set_key_package(text(key_package));
  join.set_device_list(text(person.device_list));
  return client.call(std::move(frame));
}

wire::ClientFrame append_frame(const LogId& group, EntryId entry_id, Epoch epoch,
                               std::string_view ciphertext) {
  wire::ClientFrame frame;
  auto& append = *frame.mutable_append();
  append.set_log(text(group.view()));
  append.set_entry_id(raw(entry_id));
  append.set_epoch(raw(epoch));
  append.set_payload(text(sealed_message(group, epoch, ciphertext)));
  return frame;
}

Result<wire::ServerFrame> open_log(WsClient& client, const LogId& log) {
  wire::ClientFrame frame;
  frame.mutable_open()->set_log(text(log.view()));
  return client.call(std::move(frame));
}

Result<std::vector<wire::Entry>> fetch_all(WsClient& client, const LogId& log, Seq after) {
  std::vector<wire::Entry> all;
  std::uint64_t have = raw(after);
  for (;;) {
    wire::ClientFrame frame;
    auto& fetch = *frame.mutable_fetch();
    fetch.set_log(text(log.view()));
    fetch.set_after(have);
    fetch.set_limit(256);
    auto answer = client.call(std::move(frame));
    if (!answer) return std::unexpected(answer.error());
    const auto& page = answer->entries();
    for (const auto& entry : page.entries()) all.push_back(entry);
    have += static_cast<std::uint64_t>(page.entries_size());
    if (page.entries_size() == 0 || have >= page.head().seq()) return all;
  }
}

LogId random_group() {
  LogId id;
  crypto::system_random().fill(id.bytes);
  return id;
}

}  // namespace xom::test
