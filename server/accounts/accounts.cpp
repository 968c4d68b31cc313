#include "server/accounts/accounts.h"

#include "protocol/trust/voucher.h"
#include "records.pb.h"
#include "server/accounts/keys.h"
#include "server/text.h"
#include "storage/record.h"

namespace xom::server {

using storage::Awaitable;

Accounts::Accounts(storage::Engine& engine, const trust::Verifier& verifier, Groups& groups,
                   Pending& pending, const Clock& clock, NodeKey node_key)
    : engine_(engine),
      verifier_(verifier),
      groups_(groups),
      pending_(pending),
      clock_(clock),
      node_key_(node_key) {}

Awaitable<Result<Caller>> Accounts::log_in(Bytes login, trust::Challenge challenge) {
  auto device = trust::verify_login(login, node_key_, challenge);
  if (!device) co_return std::unexpected(device.error());
  std::string key = keys::device(*device);
  auto value = co_await engine_.get(std::move(key));
  if (!value) co_return std::unexpected(value.error());
  if (!*value) co_return fail(ErrorCode::kUnauthenticated, "this device is not registered here");
  auto record = storage::decode_record<record::Device>(**value);
  if (!record) co_return std::unexpected(record.error());
  auto account = fixed_field<AccountKey>(record->account(), "account of a device");
  if (!account) co_return std::unexpected(account.error());
  std::string list_key = keys::device_list(*account);
  auto list = co_await engine_.get(std::move(list_key));
  if (!list) co_return std::unexpected(list.error());
  if (!*list) co_return fail(ErrorCode::kInternal, "an account without a device list");
  auto verified = trust::verify_device_list(view_of(**list));
  if (!verified) co_return std::unexpected(verified.error());
  if (!verified->value.contains(*device))
    co_return fail(ErrorCode::kRevoked, "the account has removed this device");
  Caller caller{*account, *device};
  co_return caller;
}

Awaitable<Result<Caller>> Accounts::enter(wire::Register request, trust::Challenge challenge) {
  auto device = trust::verify_login(view_of(request.login()), node_key_, challenge);
  if (!device) co_return std::unexpected(device.error());
  auto list = trust::verify_device_list(view_of(request.device_list()));
  if (!list) co_return std::unexpected(list.error());
  if (!list->value.contains(*device))
    co_return fail(ErrorCode::kUntrusted, "the device list does not contain this device");
  const AccountKey account = list->value.account;
  auto right = co_await check_right(request, account);
  if (!right) co_return std::unexpected(right.error());
  auto newer = co_await list_is_newer(account, list->value.version);
  if (!newer) co_return std::unexpected(newer.error());
  Bytes statement;
  if (*newer) statement = bytes_of(request.device_list());
  auto stored = co_await store(*device, account, std::move(statement));
  if (!stored) co_return std::unexpected(stored.error());
  Bytes login = bytes_of(request.login());
  auto caller = co_await log_in(std::move(login), challenge);
  co_return caller;
}

Awaitable<Result<void>> Accounts::check_right(const wire::Register& request, AccountKey account) {
  switch (request.right_case()) {
    case wire::Register::kVoucher: {
      auto voucher = trust::verify_voucher(view_of(request.voucher().voucher()));
      if (!voucher) co_return std::unexpected(voucher.error());
      auto join = trust::verify_join_request(view_of(request.voucher().join_request()), *voucher);
      if (!join) co_return std::unexpected(join.error());
      if (join->account != account)
        co_return fail(ErrorCode::kUntrusted, "the join request is for another account");
      auto good = co_await groups_.check_voucher(*voucher, account);
      co_return good;
    }
    case wire::Register::kOfficeRequest: {
      Bytes statement = bytes_of(request.office_request());
      auto answered = co_await pending_.answer_invitation(std::move(statement));
      if (!answered) co_return std::unexpected(answered.error());
      if (answered->account != account)
        co_return fail(ErrorCode::kUntrusted, "the request is for another account");
      co_return Result<void>();
    }
    case wire::Register::kAppointed:
      if (!request.appointed() || verifier_.offices(account, clock_.now()).empty())
        co_return fail(ErrorCode::kNotPermitted, "this account holds no office");
      co_return Result<void>();
    default:
      co_return fail(ErrorCode::kNotPermitted,
                     "a device needs a voucher, an invitation or an appointment");
  }
}

Awaitable<Result<bool>> Accounts::list_is_newer(AccountKey account, std::uint64_t version) {
  std::string key = keys::device_list(account);
  auto held = co_await engine_.get(std::move(key));
  if (!held) co_return std::unexpected(held.error());
  if (!*held) co_return true;
  auto list = trust::verify_device_list(view_of(**held));
  if (!list) co_return std::unexpected(list.error());
  co_return version > list->value.version;
}

Awaitable<Result<void>> Accounts::store(DeviceKey device, AccountKey account, Bytes list) {
  std::string key = keys::device(device);
  auto held = co_await engine_.get(key);
  if (!held) co_return std::unexpected(held.error());
  storage::Batch batch;
  if (*held) {
    auto record = storage::decode_record<record::Device>(**held);
    if (!record) co_return std::unexpected(record.error());
    if (record->account() != text_of(account.view()))
      co_return fail(ErrorCode::kAlreadyExists, "the device belongs to another account");
    if (list.empty()) co_return Result<void>();
  } else {
    record::Device record;
    record.set_account(string_of(account.view()));
    batch.puts.emplace_back(key, storage::encode_record(record));
  }
  batch.preconditions.push_back({key, *held});
  if (!list.empty()) batch.puts.emplace_back(keys::device_list(account), string_of(list));
  auto written = co_await engine_.commit(std::move(batch));
  co_return written;
}

}  // namespace xom::server
