#include "tests/protocol/trust/world.h"

#include "protocol/trust/log_ids.h"

namespace xom::trust::test {

crypto::SigningKey key_named(std::string_view name) {
  (void)crypto::initialise();
  return crypto::SigningKey::from_seed(crypto::sha256(view_of(name)).view()).value();
}

Person::Person(std::string_view name)
    : account(key_named(std::string(name) + "/account")),
      device(key_named(std::string(name) + "/device")) {}

Bytes Person::list(std::uint64_t version) const {
  DeviceList list;
  list.account = id();
  list.version = version;
  list.devices = {device.public_key_as<DeviceKey>()};
  return sign_value(list, account);
}

StoredEntry LogMaker::append(Bytes payload, TimeMs time) {
  StoredEntry entry;
  entry.writer = node_->public_key_as<DeviceKey>();
  entry.entry_id = EntryId{raw(cursor_.seq) + 1};
  entry.payload = std::move(payload);
  EntryHeader header;
  header.log = log_;
  header.seq = next(cursor_.seq);
  header.previous = cursor_.hash;
  header.entry_hash = entry_hash(entry.kind, entry.writer, entry.entry_id, entry.payload);
  header.time = time;
  entry.header = sign_header(header, *node_);
  cursor_ = Cursor{header.seq, header_hash(entry.header).value()};
  return entry;
}

Bytes LogMaker::head(TimeMs time) const {
  return sign_head(LogHead{log_, cursor_.seq, cursor_.hash, time}, *node_);
}

TestNode::TestNode(std::string_view node_name)
    : name(node_name),
      authority(key_named(name + "/authority")),
      node(key_named(name + "/node")),
      official(official_log(id()), node),
      posts(posts_log(id()), node) {}

Certificate TestNode::certificate(const TestNode& issuer) const {
  Certificate c;
  c.issuer = issuer.id();
  c.authority = id();
  c.node_key = node.public_key_as<NodeKey>();
  c.name = name;
  c.level = "Phường";
  return c;
}

World::World() : verifier(root_fingerprint(root.id())) {
  put(root, by(root.authority, root.certificate(root)));
  put(root, by(root.authority, ward.certificate(root)));
  for (auto [unit, parent] : {std::pair{"kp1", ""}, {"kp1/to5", "kp1"}, {"kp2", ""}}) {
    put(root, by(root.authority, Unit{root.id(), unit, parent, "Khu phố", "Tên"}));
  }
  put(root, by(root.authority, appointment(root, publisher, Office::kPublisher)));
  put(root, by(root.authority, appointment(root, approver, Office::kApprover)));
  const Verdict last =
      put(root, by(root.authority, appointment(root, local, Office::kPublisher, {"kp1"})));
  EXPECT_TRUE(last.official);
}

Verdict World::put(LogMaker& log, Bytes statement, TimeMs time) {
  const StoredEntry entry = log.append(std::move(statement), time);
  auto verdict = verifier.feed(log.id(), entry.view());
  EXPECT_TRUE(verdict.has_value()) << (verdict ? "" : verdict.error().message);
  if (log.id() == root.official.id()) fed.push_back(entry);
  return verdict.value_or(Verdict{});
}

Alert World::alert() {
  Alert a;
  a.issuer = root.id();
  a.log = root.official.id();
  a.id.bytes[0] = next_id_++;
  a.sent = kNow;
  a.status = AlertStatus::kActual;
  a.msg_type = MsgType::kNewAlert;
  a.urgency = Urgency::kImmediate;
  a.severity = Severity::kSevere;
  a.certainty = Certainty::kObserved;
  a.category = "Security";
  a.event = "Lừa đảo";
  a.headline = "Cảnh báo giả danh công an phường";
  a.description = "Có người gọi điện, tự xưng công an, đòi nộp phạt.";
  a.instruction = "Không chuyển tiền.\nTắt máy.";
  a.contact = "113";
  a.expires = at(3600);
  a.language = "vi-VN";
  return a;
}

Appointment World::appointment(const TestNode& node, const Person& person, Office office,
                               std::vector<std::string> units) const {
  Appointment a;
  a.issuer = node.id();
  a.account = person.id();
  a.office = office;
  a.units = std::move(units);
  a.name = "Nguyễn Văn A";
  return a;
}

void expect_refused(const Verdict& verdict, ErrorCode code) {
  EXPECT_FALSE(verdict.official);
  ASSERT_TRUE(verdict.refusal.has_value());
  EXPECT_EQ(name_of(verdict.refusal->code), name_of(code)) << verdict.refusal->message;
  EXPECT_TRUE(verdict.body.empty());
  EXPECT_FALSE(verdict.real);
}

}  // namespace xom::trust::test
