// What Xóm's groups carry in extensions and authenticated data (schema/group.proto, and AddProofs
// of schema/client.proto), read by the bounded reader.
#pragma once

#include <optional>

#include "protocol/mls/leaf_node.h"
#include "protocol/trust/voucher.h"

namespace xom::admission {

// Leaf extension 0xF0A1.
struct LeafFacts {
  Bytes device_list;                   // Statement(DEVICE_LIST)
  std::optional<StatementId> voucher;  // absent: the group's creator
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<LeafFacts> decode(ByteView bytes);
};

// Group context extension 0xF0A2.
struct GroupRules {
  std::uint64_t version = 0;
  AuthorityKey authority;
  std::string unit;
  std::vector<AccountKey> leaders;
  std::vector<StatementId> revoked;  // at most 256
  Epoch vouchers_from_epoch{0};
  std::uint64_t leadership_version = 0;  // highest from_version of a Leadership that was taken
  std::vector<StatementId> ended;        // appointments whose revocation was taken, at most 64
  [[nodiscard]] bool leads(const AccountKey& account) const;
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<GroupRules> decode(ByteView bytes);
};

struct AddProof {
  Bytes voucher;
  Bytes join_request;
  trust::KeyPackageRef key_package;
};
// AddProofs of schema/client.proto: authenticated data of a commit.
struct CommitData {
  std::vector<AddProof> proofs;
  TimeMs committer_time{};
  Cursor seen;                    // (seq, hash) that the committer last saw
  std::vector<Bytes> statements;  // of the authority, for a change of leaders
  [[nodiscard]] Bytes encode() const;
  [[nodiscard]] static Result<CommitData> decode(ByteView bytes);
};

}  // namespace xom::admission
