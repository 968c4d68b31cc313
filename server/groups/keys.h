// Keys of the groups service.
//
//   g/i/ group(32)                    record.Group        unit, creator
//   g/g/ group(32)                    MLSMessage(GroupInfo) of the present epoch
//   g/m/ group(32) device(32)         record.Member       a device that may read and write
//   g/d/ device(32) group(32)         empty: the groups of a device
//   g/p/ group(32) kind(1) index(4 BE) record of mls::PublicGroup (protocol/mls/state_records.h)
//   g/u/ group(32)                    record.Undo         how the newest commit is taken back
//   g/r/ group(32) account(32)        record.Refusals     how often an account refused lately
//   g/v/ group(32) voucher id(32)     record.VoucherUse   requests and leaves of a voucher
#pragma once

#include <string>

#include "protocol/base/bytes.h"

namespace xom::server::keys {

[[nodiscard]] inline std::string group(const LogId& group) {
  return std::string("g/i/").append(text_of(group.view()));
}
[[nodiscard]] inline std::string group_info(const LogId& group) {
  return std::string("g/g/").append(text_of(group.view()));
}
[[nodiscard]] inline std::string members(const LogId& group) {
  return std::string("g/m/").append(text_of(group.view()));
}
[[nodiscard]] inline std::string member(const LogId& group, const DeviceKey& device) {
  return members(group).append(text_of(device.view()));
}
[[nodiscard]] inline std::string groups_of(const DeviceKey& device) {
  return std::string("g/d/").append(text_of(device.view()));
}
[[nodiscard]] inline std::string group_of(const DeviceKey& device, const LogId& group) {
  return groups_of(device).append(text_of(group.view()));
}
[[nodiscard]] inline std::string voucher_use(const LogId& group, const StatementId& voucher) {
  return std::string("g/v/").append(text_of(group.view())).append(text_of(voucher.view()));
}
[[nodiscard]] inline std::string public_records(const LogId& group) {
  return std::string("g/p/").append(text_of(group.view()));
}
[[nodiscard]] inline std::string undo(const LogId& group) {
  return std::string("g/u/").append(text_of(group.view()));
}
[[nodiscard]] inline std::string refusals(const LogId& group, const AccountKey& account) {
  return std::string("g/r/").append(text_of(group.view())).append(text_of(account.view()));
}
// Behind the last key that continues `prefix` by 32 bytes.
[[nodiscard]] inline std::string end_of(std::string prefix) { return prefix.append(33, '\xff'); }

}  // namespace xom::server::keys
