#include "server/groups/roster.h"

#include <algorithm>

#include "server/groups/keys.h"
#include "server/limits.h"
#include "server/text.h"
#include "storage/record.h"

namespace xom::server {

using storage::Awaitable;

const Member* Roster::find(const DeviceKey& device) const {
  const auto it = std::ranges::find(members, device, &Member::device);
  return it == members.end() ? nullptr : &*it;
}

bool Roster::has_account(const AccountKey& account) const {
  return std::ranges::find(members, account, &Member::account) != members.end();
}

std::string encode_member(const Member& member) {
  record::Member record;
  record.set_account(string_of(member.account.view()));
  record.set_leaf(member.leaf);
  record.set_start_seq(raw(member.start.seq));
  record.set_start_hash(string_of(member.start.hash.view()));
  if (member.voucher) record.set_voucher(string_of(member.voucher->view()));
  return storage::encode_record(record);
}

Result<Member> decode_member(const DeviceKey& device, const std::string& value) {
  auto record = storage::decode_record<record::Member>(value);
  if (!record) return std::unexpected(record.error());
  auto account = fixed_field<AccountKey>(record->account(), "account of a member");
  auto hash = fixed_field<Hash>(record->start_hash(), "start of a member");
  if (!account) return std::unexpected(account.error());
  if (!hash) return std::unexpected(hash.error());
  Member member{device, *account, record->leaf(), Cursor{Seq{record->start_seq()}, *hash},
                std::nullopt};
  if (!record->voucher().empty()) {
    auto voucher = fixed_field<StatementId>(record->voucher(), "voucher of a member");
    if (!voucher) return std::unexpected(voucher.error());
    member.voucher = *voucher;
  }
  return member;
}

Awaitable<Result<Roster>> load_roster(storage::Engine& engine, LogId group) {
  std::string begin = keys::members(group);
  std::string end = keys::end_of(begin);
  auto items =
      co_await engine.scan(std::move(begin), std::move(end), limits::kGroupMembers + 1, SIZE_MAX);
  if (!items) co_return std::unexpected(items.error());
  Roster roster;
  roster.members.reserve(items->size());
  for (const auto& item : *items) {
    auto device = DeviceKey::from(view_of(item.key).last(DeviceKey::kSize));
    if (!device) co_return std::unexpected(device.error());
    auto member = decode_member(*device, item.value);
    if (!member) co_return std::unexpected(member.error());
    roster.members.push_back(std::move(*member));
  }
  co_return roster;
}

Awaitable<Result<std::optional<Member>>> load_member(storage::Engine& engine, LogId group,
                                                     DeviceKey device) {
  std::string key = keys::member(group, device);
  auto value = co_await engine.get(std::move(key));
  if (!value) co_return std::unexpected(value.error());
  if (!*value) co_return std::optional<Member>();
  auto member = decode_member(device, **value);
  if (!member) co_return std::unexpected(member.error());
  co_return std::optional<Member>(std::move(*member));
}

Awaitable<Result<record::VoucherUse>> load_voucher_use(storage::Engine& engine, LogId group,
                                                       StatementId voucher) {
  std::string key = keys::voucher_use(group, voucher);
  auto value = co_await engine.get(std::move(key));
  if (!value) co_return std::unexpected(value.error());
  if (!*value) co_return record::VoucherUse();
  auto use = storage::decode_record<record::VoucherUse>(**value);
  co_return use;
}

namespace {

Awaitable<Result<record::VoucherUse*>> use_of(storage::Engine& engine, LogId group,
                                              StatementId voucher, VoucherUses& uses) {
  if (const auto known = uses.find(voucher); known != uses.end()) co_return &known->second.use;
  std::string key = keys::voucher_use(group, voucher);
  auto value = co_await engine.get(std::move(key));
  if (!value) co_return std::unexpected(value.error());
  VoucherCount count;
  if (*value) {
    auto held = storage::decode_record<record::VoucherUse>(**value);
    if (!held) co_return std::unexpected(held.error());
    count.use = std::move(*held);
  }
  count.stored = std::move(*value);
  co_return &uses.emplace(voucher, std::move(count)).first->second.use;
}

}  // namespace

Awaitable<Result<void>> count_leaves(storage::Engine& engine, LogId group,
                                     std::vector<StatementId> vouchers, TimeMs time,
                                     VoucherUses& uses) {
  for (const StatementId& voucher : vouchers) {
    auto use = co_await use_of(engine, group, voucher, uses);
    if (!use) co_return std::unexpected(use.error());
    (*use)->set_leaves((*use)->leaves() + 1);
    (*use)->set_time(raw(time));
  }
  co_return Result<void>();
}

Awaitable<Result<void>> uncount_leaves(storage::Engine& engine, LogId group,
                                       std::vector<StatementId> vouchers, VoucherUses& uses) {
  for (const StatementId& voucher : vouchers) {
    auto use = co_await use_of(engine, group, voucher, uses);
    if (!use) co_return std::unexpected(use.error());
    if ((*use)->leaves() > 0) (*use)->set_leaves((*use)->leaves() - 1);
    if ((*use)->leaves() == 0) (*use)->clear_time();
  }
  co_return Result<void>();
}

void put_member(storage::Batch& batch, const LogId& group, const Member& member) {
  batch.puts.emplace_back(keys::member(group, member.device), encode_member(member));
  batch.puts.emplace_back(keys::group_of(member.device, group), std::string());
}

void delete_member(storage::Batch& batch, const LogId& group, const DeviceKey& device) {
  batch.deletes.push_back(keys::member(group, device));
  batch.deletes.push_back(keys::group_of(device, group));
}

}  // namespace xom::server
