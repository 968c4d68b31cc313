// Who is in a group, as far as the node can see: devices, accounts, leaf indexes, and from where
// each may read.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "records.pb.h"
#include "storage/engine.h"

namespace xom::server {

struct Member {
  DeviceKey device;
  AccountKey account;
  std::uint32_t leaf = 0;
  Cursor start;                        // reads what comes after it
  std::optional<StatementId> voucher;  // that it came in by; the creator has none
};

struct Roster {
  std::vector<Member> members;

  [[nodiscard]] const Member* find(const DeviceKey& device) const;
  [[nodiscard]] bool has_account(const AccountKey& account) const;
};

[[nodiscard]] std::string encode_member(const Member& member);
[[nodiscard]] Result<Member> decode_member(const DeviceKey& device, const std::string& value);

[[nodiscard]] storage::Awaitable<Result<Roster>> load_roster(storage::Engine& engine, LogId group);
// nullopt: not a member.
[[nodiscard]] storage::Awaitable<Result<std::optional<Member>>> load_member(storage::Engine& engine,
                                                                            LogId group,
                                                                            DeviceKey device);
[[nodiscard]] storage::Awaitable<Result<record::VoucherUse>> load_voucher_use(
    storage::Engine& engine, LogId group, StatementId voucher);

// Records of vouchers, changed in memory first.
struct VoucherCount {
  std::optional<std::string> stored;  // that `use` was made from
  record::VoucherUse use;
};
using VoucherUses = std::map<StatementId, VoucherCount>;
// One leaf more for each voucher named, at `time`; or one less, where a commit is taken back. Loads
// what is not in `uses` yet.
[[nodiscard]] storage::Awaitable<Result<void>> count_leaves(storage::Engine& engine, LogId group,
                                                            std::vector<StatementId> vouchers,
                                                            TimeMs time, VoucherUses& uses);
[[nodiscard]] storage::Awaitable<Result<void>> uncount_leaves(storage::Engine& engine, LogId group,
                                                              std::vector<StatementId> vouchers,
                                                              VoucherUses& uses);

void put_member(storage::Batch& batch, const LogId& group, const Member& member);
void delete_member(storage::Batch& batch, const LogId& group, const DeviceKey& device);

}  // namespace xom::server
