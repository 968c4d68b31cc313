#include "server/groups/groups.h"

#include <algorithm>

#include "protocol/outline/outline.h"
#include "protocol/trust/log_ids.h"
#include "server/groups/keys.h"
#include "server/groups/public_state.h"
#include "server/key_packages/key_packages.h"
#include "server/limits.h"
#include "server/text.h"
#include "storage/record.h"

namespace xom::server {

using storage::Appended;
using storage::Awaitable;

namespace {

constexpr std::uint64_t kRequestsPerVoucher =
    8;  // a joiner who cleared the browser tries again, a flood does not

template <class Message>
std::string serialised(const Message& message) {
  return message.SerializeAsString();
}

}  // namespace

Groups::Groups(storage::Engine& engine, storage::LogStore& store, const trust::Verifier& verifier,
               const Clock& clock, NodeId self, NodeKey node_key)
    : engine_(engine),
      store_(store),
      verifier_(verifier),
      clock_(clock),
      self_(self),
      node_key_(node_key) {}

Result<void> Groups::may_lead(const AccountKey& account, const std::string& unit) const {
  const auto units = verifier_.units(self_);
  const auto find = [&](const std::string& id) {
    return std::ranges::find_if(units, [&](const trust::Unit& u) { return u.unit == id; });
  };
  if (!unit.empty() && find(unit) == units.end())
    return fail(ErrorCode::kNotFound, "there is no such unit");
  for (const trust::HeldOffice& office : verifier_.offices(account, clock_.now())) {
    if (office.node != self_) continue;
    const auto& held = office.appointment.units;
    if (held.empty()) return {};
    // From the unit up to the node: an office for a quarter covers its cells.
    std::string at = unit;
    for (std::size_t steps = 0; !at.empty() && steps <= units.size(); ++steps) {
      if (std::ranges::find(held, at) != held.end()) return {};
      const auto parent = find(at);
      at = parent == units.end() ? std::string() : parent->parent;
    }
  }
  return fail(ErrorCode::kNotPermitted, "this account holds no office for the unit");
}

Awaitable<Result<Appended>> Groups::first_entry(LogId group, DeviceKey creator) {
  std::string key = keys::group(group);
  auto value = co_await engine_.get(std::move(key));
  if (!value) co_return std::unexpected(value.error());
  if (!*value) co_return fail(ErrorCode::kAlreadyExists, "this id is in use");
  auto record = storage::decode_record<record::Group>(**value);
  if (!record) co_return std::unexpected(record.error());
  if (record->creator() != text_of(creator.view()))
    co_return fail(ErrorCode::kAlreadyExists, "this id is in use");
  auto entries = co_await store_.read(group, Seq{0}, 1, 1);
  if (!entries && entries.error().code == ErrorCode::kTrimmed)
    co_return fail(ErrorCode::kAlreadyExists, "this group was created long ago");
  if (!entries) co_return std::unexpected(entries.error());
  if (entries->empty()) co_return fail(ErrorCode::kInternal, "a group without its first entry");
  Appended first{group, Seq{1}, entries->front().header, true};
  co_return first;
}

Awaitable<Result<Appended>> Groups::create(Caller caller, wire::CreateGroup request) {
  auto group = fixed_field<LogId>(request.group(), "group");
  if (!group) co_return std::unexpected(group.error());
  if (auto leads = may_lead(caller.account, request.unit()); !leads)
    co_return std::unexpected(leads.error());
  auto first =
      check_first_group_info(*group, caller, self_, request.unit(), view_of(request.group_info()));
  if (!first) co_return std::unexpected(first.error());

  wire::GroupCreated created;
  created.set_group(request.group());
  created.set_unit(request.unit());
  created.set_creator(string_of(caller.device.view()));
  created.set_account(string_of(caller.account.view()));
  created.set_group_info(request.group_info());
  record::Group record;
  record.set_unit(request.unit());
  record.set_creator(string_of(caller.device.view()));
  record.set_account(string_of(caller.account.view()));

  storage::AppendOperation operation;
  operation.parts.emplace_back();
  auto& part = operation.parts.back();
  part.log = *group;
  part.must_be_new = true;
  part.next_generation = 0;
  part.entry.kind = wire::GROUP_CREATED;
  part.entry.writer.bytes = node_key_.bytes;
  part.entry.payload = bytes_of(serialised(created));
  Member creator{caller.device, caller.account, 0, Cursor{}, std::nullopt};
  storage::Batch roster;
  put_member(roster, *group, creator);
  put_public_group(roster, *group, *first, nullptr);
  operation.puts = std::move(roster.puts);
  operation.puts.emplace_back(keys::group(*group), storage::encode_record(record));
  operation.puts.emplace_back(keys::group_info(*group), request.group_info());
  auto appended = co_await store_.append(std::move(operation));
  if (!appended && appended.error().code == ErrorCode::kAlreadyExists) {
    auto first = co_await first_entry(*group, caller.device);
    co_return first;
  }
  if (!appended) co_return std::unexpected(appended.error());
  co_return std::move(appended->front());
}

Awaitable<Result<Appended>> Groups::append(Caller caller, wire::Append request) {
  auto group = fixed_field<LogId>(request.log(), "log");
  if (!group) co_return std::unexpected(group.error());
  if (request.payload().size() > limits::kApplicationPayload)
    co_return fail(ErrorCode::kTooLarge, "the message is too large", limits::kApplicationPayload);
  if (request.entry_id() == 0) co_return fail(ErrorCode::kMalformed, "entry ids begin with 1");
  auto member = co_await load_member(engine_, *group, caller.device);
  if (!member) co_return std::unexpected(member.error());
  if (!*member) co_return fail(ErrorCode::kNotPermitted, "not a member of this group");
  auto message = outline::read_private_message(view_of(request.payload()));
  if (!message) co_return std::unexpected(message.error());
  if (!std::ranges::equal(message->group_id, group->view()) ||
      raw(message->epoch) != request.epoch() ||
      message->content_type != outline::ContentType::kApplication)
    co_return fail(ErrorCode::kMalformed, "the message is of another group, epoch or kind");

  storage::AppendOperation operation;
  operation.patient = true;
  operation.parts.emplace_back();
  auto& part = operation.parts.back();
  part.log = *group;
  part.expected_generation = request.epoch();
  if (request.has_began()) part.expected_began = Seq{request.began()};
  part.author = (*member)->account;
  part.entry.kind = wire::APPLICATION;
  part.entry.writer = caller.device;
  part.entry.entry_id = EntryId{request.entry_id()};
  part.entry.payload = bytes_of(request.payload());
  auto appended = co_await store_.append(std::move(operation));
  if (!appended) co_return std::unexpected(appended.error());
  co_return std::move(appended->front());
}

Awaitable<Result<bool>> Groups::is_retry(LogId group, DeviceKey device, EntryId entry_id) {
  auto last = co_await store_.last_entry_id(group, device);
  if (!last) co_return std::unexpected(last.error());
  co_return entry_id <= *last;
}

Awaitable<Result<void>> Groups::check_voucher(trust::VerifiedVoucher voucher, AccountKey account) {
  const LogId group = voucher.voucher.group;
  if (raw(clock_.now()) >= raw(voucher.voucher.expires))
    co_return fail(ErrorCode::kExpired, "the voucher has expired");
  auto roster = co_await load_roster(engine_, group);
  if (!roster) co_return std::unexpected(roster.error());
  if (roster->members.empty()) co_return fail(ErrorCode::kNotFound, "there is no such group here");
  if (!roster->has_account(voucher.inviter.account))
    co_return fail(ErrorCode::kUntrusted, "the inviter is not in the group");
  if (roster->has_account(account)) co_return Result<void>();
  auto use = co_await load_voucher_use(engine_, group, voucher.id);
  if (!use) co_return std::unexpected(use.error());
  if (use->leaves() >= voucher.voucher.most_devices)
    co_return fail(ErrorCode::kSpent, "the voucher was used already",
                   static_cast<std::uint64_t>(use->time()));
  co_return Result<void>();
}

Awaitable<Result<Appended>> Groups::join(Caller caller, wire::Join request) {
  auto group = fixed_field<LogId>(request.group(), "group");
  if (!group) co_return std::unexpected(group.error());
  if (request.entry_id() == 0) co_return fail(ErrorCode::kMalformed, "entry ids begin with 1");
  auto voucher = trust::verify_voucher(view_of(request.voucher()));
  if (!voucher) co_return std::unexpected(voucher.error().during("voucher"));
  auto key_package = read_key_package_of(caller, view_of(request.key_package()));
  if (!key_package) co_return std::unexpected(key_package.error());
  trust::AdmissionClaim claim;
  claim.group = *group;
  claim.key_package.bytes = key_package->reference().bytes;
  claim.account = caller.account;
  claim.committer_time = clock_.now();
  auto list = trust::verify_device_list(view_of(request.device_list()));
  if (!list) co_return std::unexpected(list.error());
  if (list->value.account != caller.account || !list->value.contains(caller.device))
    co_return fail(ErrorCode::kUntrusted, "the device list is not of this device");

  storage::AppendOperation operation;
  auto repeated = co_await is_retry(*group, caller.device, EntryId{request.entry_id()});
  if (!repeated) co_return std::unexpected(repeated.error());
  if (!*repeated) {
    auto admission =
        trust::check_admission(view_of(request.voucher()), view_of(request.join_request()), claim);
    if (!admission) co_return std::unexpected(admission.error());
    auto member = co_await load_member(engine_, *group, caller.device);
    if (!member) co_return std::unexpected(member.error());
    if (*member) co_return fail(ErrorCode::kAlreadyExists, "the device is in the group already");
    auto good = co_await check_voucher(*voucher, caller.account);
    if (!good) co_return std::unexpected(good.error());
    std::string key = keys::voucher_use(*group, voucher->id);
    auto before = co_await engine_.get(key);
    if (!before) co_return std::unexpected(before.error());
    auto use = co_await load_voucher_use(engine_, *group, voucher->id);
    if (!use) co_return std::unexpected(use.error());
    if (use->requests() >= kRequestsPerVoucher)
      co_return fail(ErrorCode::kRateLimited, "too many requests with this voucher");
    use->set_requests(use->requests() + 1);
    operation.preconditions.push_back({key, *before});
    operation.puts.emplace_back(key, storage::encode_record(*use));
  }

  wire::JoinEntry entry;
  entry.set_voucher(request.voucher());
  entry.set_join_request(request.join_request());
  entry.set_key_package(request.key_package());
  entry.set_device_list(request.device_list());
  entry.set_device(string_of(caller.device.view()));
  operation.parts.emplace_back();
  auto& part = operation.parts.back();
  part.log = *group;
  part.entry.kind = wire::JOIN_REQUEST;
  part.entry.writer = caller.device;
  part.entry.entry_id = EntryId{request.entry_id()};
  part.entry.payload = bytes_of(serialised(entry));
  auto appended = co_await store_.append(std::move(operation));
  if (!appended) co_return std::unexpected(appended.error());
  co_return std::move(appended->front());
}

Awaitable<Result<Cursor>> Groups::start_of(LogId group, DeviceKey device) {
  auto member = co_await load_member(engine_, group, device);
  if (!member) co_return std::unexpected(member.error());
  if (!*member) co_return fail(ErrorCode::kNotPermitted, "not a reader of this log");
  co_return (*member)->start;
}

Awaitable<Result<std::vector<GroupOfDevice>>> Groups::groups_of(DeviceKey device) {
  constexpr std::size_t kMost = limits::kOpenLogs;
  std::string begin = keys::groups_of(device);
  std::string end = keys::end_of(begin);
  auto items = co_await engine_.scan(std::move(begin), std::move(end), kMost, SIZE_MAX);
  if (!items) co_return std::unexpected(items.error());
  std::vector<GroupOfDevice> groups;
  for (const auto& item : *items) {
    auto group = LogId::from(view_of(item.key).last(LogId::kSize));
    if (!group) co_return std::unexpected(group.error());
    std::string key = keys::group(*group);
    auto value = co_await engine_.get(std::move(key));
    if (!value) co_return std::unexpected(value.error());
    GroupOfDevice found{*group, {}};
    if (*value) {
      auto record = storage::decode_record<record::Group>(**value);
      if (!record) co_return std::unexpected(record.error());
      found.unit = record->unit();
    }
    groups.push_back(std::move(found));
  }
  co_return groups;
}

}  // namespace xom::server
