#include "server/groups/undo.h"

#include <algorithm>

#include "protocol/crypto/crypto.h"
#include "server/groups/keys.h"
#include "server/text.h"
#include "storage/record.h"

namespace xom::server {

using storage::Awaitable;

namespace {

template <class F>
Result<std::vector<F>> fixed_list(const google::protobuf::RepeatedPtrField<std::string>& values) {
  std::vector<F> out;
  for (const std::string& value : values) {
    auto one = fixed_field<F>(value, "undo");
    if (!one) return std::unexpected(one.error());
    out.push_back(*one);
  }
  return out;
}

}  // namespace

bool Undo::had_seat(const DeviceKey& device) const {
  return std::ranges::find(seats, device, &Member::device) != seats.end();
}

bool Undo::let_in(const DeviceKey& device) const {
  return std::ranges::find(added, device) != added.end();
}

std::vector<DeviceKey> Undo::newcomers() const {
  std::vector<DeviceKey> out;
  for (const DeviceKey& device : added) {
    if (!had_seat(device)) out.push_back(device);
  }
  return out;
}

std::string Undo::encode() const {
  record::Undo record;
  record.set_epoch(raw(epoch));
  record.set_commit(string_of(commit.view()));
  record.set_seq(raw(seq));
  record.set_committer(string_of(committer.view()));
  record.set_group_info(group_info);
  record.set_began(raw(began));
  for (const auto& [key, value] : state) {
    auto& one = *record.add_state();
    one.set_key(key);
    one.set_value(value);
  }
  for (const Member& member : seats) {
    auto& seat = *record.add_seats();
    seat.set_device(string_of(member.device.view()));
    seat.set_member(encode_member(member));
  }
  for (const DeviceKey& device : added) record.add_added(string_of(device.view()));
  for (const StatementId& voucher : vouchers) record.add_vouchers(string_of(voucher.view()));
  return storage::encode_record(record);
}

Result<std::optional<Undo>> Undo::decode(const std::string& value) {
  auto record = storage::decode_record<record::Undo>(value);
  if (!record) return std::unexpected(record.error());
  if (record->commit().empty()) return std::optional<Undo>();
  auto commit = fixed_field<Hash>(record->commit(), "commit of an undo");
  auto committer = fixed_field<DeviceKey>(record->committer(), "committer of an undo");
  auto added = fixed_list<DeviceKey>(record->added());
  auto vouchers = fixed_list<StatementId>(record->vouchers());
  if (!commit) return std::unexpected(commit.error());
  if (!committer) return std::unexpected(committer.error());
  if (!added) return std::unexpected(added.error());
  if (!vouchers) return std::unexpected(vouchers.error());
  Undo undo{Epoch{record->epoch()},
            *commit,
            Seq{record->seq()},
            *committer,
            record->group_info(),
            {},
            {},
            std::move(*added),
            std::move(*vouchers),
            Seq{record->began()}};
  for (const auto& one : record->state()) undo.state.emplace(one.key(), one.value());
  for (const auto& seat : record->seats()) {
    auto device = fixed_field<DeviceKey>(seat.device(), "seat of an undo");
    if (!device) return std::unexpected(device.error());
    auto member = decode_member(*device, seat.member());
    if (!member) return std::unexpected(member.error());
    undo.seats.push_back(std::move(*member));
  }
  return std::optional<Undo>(std::move(undo));
}

Undo undo_of(const LogId& group, const mls::PublicGroup& before, const Roster& members,
             const CheckedCommit& change, const DeviceKey& committer, ByteView commit) {
  Undo undo;
  undo.epoch = change.epoch;
  undo.commit = crypto::sha256(commit);
  undo.committer = committer;
  storage::Batch inverse;
  put_public_group(inverse, group, before, &change.after);
  for (auto& [key, value] : inverse.puts) undo.state.emplace(std::move(key), std::move(value));
  for (auto& key : inverse.deletes) undo.state.emplace(std::move(key), std::string());
  const auto keep = [&](const DeviceKey& device) {
    const Member* seat = members.find(device);
    if (seat != nullptr && !undo.had_seat(device)) undo.seats.push_back(*seat);
  };
  for (const DeviceKey& device : change.removed) keep(device);
  for (const Member& member : change.added) {
    keep(member.device);
    undo.added.push_back(member.device);
  }
  undo.vouchers = change.vouchers();
  return undo;
}

Awaitable<Result<std::optional<Undo>>> load_undo(storage::Engine& engine, LogId group) {
  std::string key = keys::undo(group);
  auto value = co_await engine.get(std::move(key));
  if (!value) co_return std::unexpected(value.error());
  if (!*value) co_return std::optional<Undo>();
  auto undo = Undo::decode(**value);
  co_return undo;
}

std::string used_undo(Seq seq) {
  record::Undo record;
  record.set_seq(raw(seq));
  return storage::encode_record(record);
}

void put_back(storage::Batch& batch, const LogId& group, const Undo& undo) {
  for (const auto& [key, value] : undo.state) {
    if (value.empty()) {
      batch.deletes.push_back(key);
    } else {
      batch.puts.emplace_back(key, value);
    }
  }
  if (undo.group_info.empty()) {
    batch.deletes.push_back(keys::group_info(group));
  } else {
    batch.puts.emplace_back(keys::group_info(group), undo.group_info);
  }
  for (const DeviceKey& device : undo.newcomers()) delete_member(batch, group, device);
  for (const Member& member : undo.seats) put_member(batch, group, member);
}

}  // namespace xom::server
