// What an authority key signs: certificates of nodes, units, appointments, revocations.
#pragma once

#include <string>
#include <vector>

#include "protocol/trust/statement.h"

namespace xom::trust {

enum class Office : std::uint8_t {
  kCellLeader = 1,
  kAreaOfficer,
  kDutyOfficer,
  kPublisher,
  kApprover,
};
[[nodiscard]] std::string_view name_of(Office office);  // "cell_leader", …

// Names a node's two keys. A root certifies itself: issuer == authority.
struct Certificate {
  static constexpr Kind kKind = Kind::kCertificate;
  AuthorityKey issuer;
  AuthorityKey authority;
  NodeKey node_key;
  std::string name;
  std::string level;
  TimeMs not_before{};
  TimeMs expires{};  // 0: never
  [[nodiscard]] ByteView signer() const { return issuer.view(); }
  [[nodiscard]] Bytes encode_body() const;
  // kMalformed also if both keys are equal (the machine would own the office), or expires is not
  // after not_before.
  [[nodiscard]] static Result<Certificate> decode_body(ByteView body);
};

struct Unit {
  static constexpr Kind kKind = Kind::kUnit;
  AuthorityKey issuer;
  std::string unit;    // id, unique in the node, not empty
  std::string parent;  // id; empty below the node itself
  std::string level;
  std::string name;
  [[nodiscard]] ByteView signer() const { return issuer.view(); }
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<Unit> decode_body(ByteView body);
};

struct Appointment {
  static constexpr Kind kKind = Kind::kAppointment;
  AuthorityKey issuer;
  AccountKey account;
  Office office{};
  std::vector<std::string> units;  // empty: the whole node with everything below it
  std::string name;
  TimeMs not_before{};
  TimeMs expires{};  // 0: never
  [[nodiscard]] ByteView signer() const { return issuer.view(); }
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<Appointment> decode_body(ByteView body);
};

struct Revocation {
  static constexpr Kind kKind = Kind::kRevocation;
  AuthorityKey issuer;
  StatementId statement;  // of the certificate or appointment that ends
  std::string reason;
  [[nodiscard]] ByteView signer() const { return issuer.view(); }
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<Revocation> decode_body(ByteView body);
};

// Is `at` in [not_before, expires)? expires 0: open end.
[[nodiscard]] constexpr bool in_window(TimeMs at, TimeMs not_before, TimeMs expires) {
  return raw(at) >= raw(not_before) && (raw(expires) == 0 || raw(at) < raw(expires));
}

}  // namespace xom::trust
