// A small world of keys and logs for the tests of trust: a root node, a ward below it, people in
// office.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "protocol/trust/device.h"
#include "protocol/trust/verifier.h"

namespace xom::trust::test {

inline constexpr TimeMs kNow{1'700'000'000'000};
[[nodiscard]] constexpr TimeMs at(std::int64_t seconds) {
  return TimeMs{raw(kNow) + seconds * 1000};
}

// The same key for the same name in every run.
[[nodiscard]] crypto::SigningKey key_named(std::string_view name);

struct Person {
  explicit Person(std::string_view name);
  [[nodiscard]] AccountKey id() const { return account.public_key_as<AccountKey>(); }
  [[nodiscard]] Bytes list(std::uint64_t version = 1) const;
  crypto::SigningKey account;
  crypto::SigningKey device;
};

struct StoredEntry {
  Bytes header;
  std::uint32_t kind = 1;
  DeviceKey writer;
  EntryId entry_id{0};
  Bytes payload;
  [[nodiscard]] EntryView view() const { return {header, kind, writer, entry_id, payload}; }
};

// Makes the entries of one log as a node would.
class LogMaker {
 public:
  LogMaker(const LogId& log, const crypto::SigningKey& node) : log_(log), node_(&node) {}
  [[nodiscard]] StoredEntry append(Bytes payload, TimeMs time = kNow);
  [[nodiscard]] const LogId& id() const { return log_; }
  [[nodiscard]] const Cursor& cursor() const { return cursor_; }
  [[nodiscard]] Bytes head(TimeMs time) const;
  void sign_with(const crypto::SigningKey& node) { node_ = &node; }

 private:
  LogId log_;
  const crypto::SigningKey* node_;
  Cursor cursor_;
};

struct TestNode {
  explicit TestNode(std::string_view name);
  [[nodiscard]] NodeId id() const { return authority.public_key_as<NodeId>(); }
  [[nodiscard]] Certificate certificate(const TestNode& issuer) const;
  std::string name;
  crypto::SigningKey authority;
  crypto::SigningKey node;
  LogMaker official;
  LogMaker posts;
};

// Root with units kp1, kp1/to5 and kp2; a ward; `publisher` (whole node) and `approver` in the
// root's office; `local`, publisher for kp1 only. All of it was fed to `verifier`.
class World : public ::testing::Test {
 protected:
  World();
  // Appends to the log and feeds it; the entry must be consumed.
  Verdict put(LogMaker& log, Bytes statement, TimeMs time = kNow);
  Verdict put(TestNode& node, Bytes statement, TimeMs time = kNow) {
    return put(node.official, std::move(statement), time);
  }
  // A complete alert by the root for everybody, with an id of its own.
  [[nodiscard]] Alert alert();
  [[nodiscard]] Appointment appointment(const TestNode& node, const Person& person, Office office,
                                        std::vector<std::string> units = {}) const;
  template <class T>
  [[nodiscard]] Bytes by(const crypto::SigningKey& key, const T& value) const {
    return sign_value(value, key);
  }
  template <class T, class... People>
  [[nodiscard]] Bytes by_people(const T& value, const People&... people) const {
    Statement statement = make_statement(value);
    (statement.sign(people.device, people.list()), ...);
    return statement.encode();
  }

  TestNode root{"Công an Quận 12"};
  TestNode ward{"Công an phường Tân Chánh Hiệp"};
  Person publisher{"publisher"};
  Person approver{"approver"};
  Person local{"local"};
  Person nobody{"nobody"};
  Verifier verifier;
  std::vector<StoredEntry> fed;  // of the root's official log

 private:
  std::uint8_t next_id_ = 1;
};

void expect_refused(const Verdict& verdict, ErrorCode code);

}  // namespace xom::trust::test
