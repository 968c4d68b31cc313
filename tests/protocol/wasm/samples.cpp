// Writes what a parent node and its ward would have in their logs, made by the native core with
// fixed keys and times, as JSON with hex. The client's tests judge it by the WebAssembly build of
// the same code; the copy in web/tests/trust/samples.json must equal what this program writes (test
// WasmSamples).
#include <cstdio>
#include <string>

#include "protocol/trust/alert.h"
#include "protocol/trust/authority.h"
#include "protocol/trust/device.h"
#include "protocol/trust/entry_header.h"
#include "protocol/trust/log_ids.h"
#include "protocol/trust/session.h"
#include "protocol/trust/voucher.h"

namespace {

using namespace xom;
using namespace xom::trust;
using crypto::SigningKey;

constexpr std::int64_t kStart = 1'637'765'220'000;  // 2021-11-24, 21:47 in Ho Chi Minh City
constexpr std::int64_t kMinute = 60'000;

SigningKey key(std::uint8_t number) {
  const Bytes seed(32, number);
  return std::move(*SigningKey::from_seed(seed));
}

// An account with one device.
struct Person {
  SigningKey account;
  SigningKey device;
  explicit Person(std::uint8_t number) : account(key(number)), device(key(number + 1)) {}
  [[nodiscard]] AccountKey id() const { return account.public_key_as<AccountKey>(); }
  [[nodiscard]] Bytes list() const {
    return sign_value(DeviceList{id(), 1, {device.public_key_as<DeviceKey>()}}, account);
  }
};

struct Node {
  SigningKey authority;
  SigningKey machine;
  explicit Node(std::uint8_t number) : authority(key(number)), machine(key(number + 1)) {}
  [[nodiscard]] NodeId id() const { return authority.public_key_as<NodeId>(); }
  [[nodiscard]] NodeKey node_key() const { return machine.public_key_as<NodeKey>(); }
};

// Appends to a node's official log and remembers the entries as JSON.
class Log {
 public:
  explicit Log(const Node& node) : node_(node), id_(official_log(node.id())) {}

  void append(const Bytes& statement, const DeviceKey& writer, TimeMs time) {
    constexpr std::uint32_t kStatement = 1;
    const EntryId entry_id{++count_};
    EntryHeader header{id_, next(cursor_.seq), cursor_.hash,
                       entry_hash(kStatement, writer, entry_id, statement), time};
    const Bytes signed_header = sign_header(header, node_.machine);
    cursor_ = {header.seq, *header_hash(signed_header)};
    json_ += std::string(json_.empty() ? "" : ",") + "\n    {\"header\": \"" +
             to_hex(signed_header) + "\", \"writer\": \"" + writer.hex() +
             "\", \"entryId\": " + std::to_string(count_) + ",\n     \"payload\": \"" +
             to_hex(statement) + "\"}";
  }
  void append_own(const Bytes& statement, TimeMs time) {
    append(statement, node_.machine.public_key_as<DeviceKey>(), time);
  }
  [[nodiscard]] std::string entries() const { return "[" + json_ + "\n  ]"; }
  [[nodiscard]] std::string head(TimeMs time) const {
    return to_hex(sign_head(LogHead{id_, cursor_.seq, cursor_.hash, time}, node_.machine));
  }

 private:
  const Node& node_;
  LogId id_;
  Cursor cursor_;
  std::uint64_t count_ = 0;
  std::string json_;
};

Alert warning(const Node& issuer, std::uint8_t number, Severity severity, AlertStatus status) {
  Alert alert;
  alert.issuer = issuer.id();
  alert.log = official_log(issuer.id());
  alert.id.bytes.fill(number);
  alert.sent = TimeMs{kStart + 60 * kMinute};
  alert.status = status;
  alert.msg_type = MsgType::kNewAlert;
  alert.urgency = Urgency::kImmediate;
  alert.severity = severity;
  alert.certainty = Certainty::kObserved;
  alert.category = "Security";
  alert.event = "Giả danh công an";
  alert.headline = "Có người giả danh công an phường gọi điện đòi nộp phạt";
  alert.description = "Kẻ gian gọi điện, nói có tranh chấp tài sản và đòi chuyển tiền.";
  alert.instruction = "Không chuyển tiền.\nTắt máy.\nGọi bảo vệ khu phố hoặc công an phường.";
  alert.contact = "028 3891 0000";
  alert.expires = TimeMs{kStart + 24 * 60 * kMinute};
  alert.language = "vi-VN";
  return alert;
}

Bytes sign_alert(const Alert& alert, std::initializer_list<const Person*> people) {
  Statement statement = make_statement(alert);
  for (const Person* person : people) statement.sign(person->device, person->list());
  return statement.encode();
}

std::string field(const char* name, const std::string& value) {
  return std::string("  \"") + name + "\": \"" + value + "\",\n";
}

std::string write() {
  const Node root(1);
  const Node ward(3);
  const Person publisher(10);
  const Person second(12);
  const Person leader(14);
  const Person resident(16);
  const SigningKey one_time = key(20);
  const TimeMs start{kStart};
  const auto device_of = [](const Person& p) { return p.device.public_key_as<DeviceKey>(); };

  Log log(root);
  log.append_own(sign_value(Certificate{root.id(), root.id(), root.node_key(), "Công an Quận 12",
                                        "Quận", start, TimeMs{0}},
                            root.authority),
                 start);
  log.append_own(
      sign_value(Certificate{root.id(), ward.id(), ward.node_key(), "Công an phường Tân Chánh Hiệp",
                             "Phường", start, TimeMs{0}},
                 root.authority),
      start);
  log.append_own(sign_value(Unit{root.id(), "doi1", "", "Đội", "Đội Cảnh sát quản lý hành chính"},
                            root.authority),
                 start);
  for (const Person* person : {&publisher, &second}) {
    log.append_own(sign_value(Appointment{root.id(),
                                          person->id(),
                                          Office::kPublisher,
                                          {},
                                          person == &publisher ? "Nguyễn Văn An" : "Trần Thị Bình",
                                          start,
                                          TimeMs{0}},
                              root.authority),
                   start);
  }
  const TimeMs night{kStart + 60 * kMinute};
  log.append(sign_alert(warning(root, 1, Severity::kSevere, AlertStatus::kActual), {&publisher}),
             device_of(publisher), night);
  log.append(sign_alert(warning(root, 2, Severity::kSevere, AlertStatus::kExercise), {&publisher}),
             device_of(publisher), night);
  log.append(sign_alert(warning(root, 3, Severity::kExtreme, AlertStatus::kActual), {&publisher}),
             device_of(publisher), night);
  log.append(
      sign_alert(warning(root, 4, Severity::kExtreme, AlertStatus::kActual), {&publisher, &second}),
      device_of(publisher), night);
  log.append(sign_alert(warning(root, 5, Severity::kSevere, AlertStatus::kActual), {&resident}),
             device_of(resident), night);

  LogId group;
  group.bytes.fill(7);
  const Bytes voucher =
      make_voucher(Voucher{group, one_time.public_key_as<OneTimeKey>(), "Nhà số 12", 2, Epoch{3},
                           TimeMs{kStart + 7 * 24 * 60 * kMinute}, leader.id()},
                   leader.device, leader.list());
  KeyPackageRef ref;
  ref.bytes.fill(9);
  const Bytes request = make_join_request(
      JoinRequest{group, verify_voucher(voucher)->id, ref, resident.id()}, one_time);
  Challenge challenge;
  challenge.bytes.fill(5);
  const Bytes login =
      sign_value(Login{ward.node_key(), challenge, device_of(resident)}, resident.device);
  const Bytes profile = sign_value(Profile{resident.id(), 1, "Lê Thị Hường"}, resident.account);

  return "{\n" + field("pin", root_fingerprint(root.id()).hex()) + field("root", root.id().hex()) +
         field("rootNodeKey", root.node_key().hex()) + field("ward", ward.id().hex()) +
         field("official", official_log(root.id()).hex()) +
         field("publisher", publisher.id().hex()) + field("head", log.head(night)) +
         field("group", group.hex()) + field("leader", leader.id().hex()) +
         field("resident", resident.id().hex()) + field("keyPackage", ref.hex()) +
         field("voucher", to_hex(voucher)) + field("joinRequest", to_hex(request)) +
         field("login", to_hex(login)) + field("profile", to_hex(profile)) +
         "  \"start\": " + std::to_string(kStart) + ",\n  \"entries\": " + log.entries() + "\n}\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !xom::crypto::initialise()) {
    std::fputs("usage: xom-wasm-samples FILE\n", stderr);
    return 2;
  }
  const std::string json = write();
  std::FILE* file = std::fopen(argv[1], "wb");
  if (file == nullptr) return 1;
  const bool ok = std::fwrite(json.data(), 1, json.size(), file) == json.size();
  return std::fclose(file) == 0 && ok ? 0 : 1;
}
