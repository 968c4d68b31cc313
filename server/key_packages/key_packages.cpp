#include "server/key_packages/key_packages.h"

#include <algorithm>

#include "server/key_packages/keys.h"
#include "server/limits.h"
#include "server/text.h"

namespace xom::server {

using storage::Awaitable;

Result<mls::KeyPackage> read_key_package_of(const Caller& owner, ByteView bytes) {
  if (bytes.size() > limits::kKeyPackageBytes)
    return fail(ErrorCode::kTooLarge, "the KeyPackage is too large");
  auto message = mls::read_message(bytes);
  if (!message) return std::unexpected(message.error().during("KeyPackage"));
  auto* read = std::get_if<mls::KeyPackage>(&message->value);
  if (read == nullptr) return fail(ErrorCode::kMalformed, "KeyPackage: another message");
  if (!std::ranges::equal(read->leaf_node.signature_key, owner.device.view()) ||
      !std::ranges::equal(read->leaf_node.credential.identity, owner.account.view()))
    return fail(ErrorCode::kUntrusted, "KeyPackage of another device or account");
  if (auto ok = read->check(); !ok) return std::unexpected(ok.error().during("KeyPackage"));
  return std::move(*read);
}

Awaitable<Result<std::vector<storage::KeyValue>>> KeyPackages::held(DeviceKey device,
                                                                    std::size_t limit) {
  // Keys of the same length follow each other, so that the last possible reference ends the range.
  std::string begin = keys::key_packages(device);
  std::string end = begin + std::string(Hash::kSize + 1, '\xff');
  auto items = co_await engine_.scan(std::move(begin), std::move(end), limit, SIZE_MAX);
  co_return items;
}

Awaitable<Result<std::size_t>> KeyPackages::count(DeviceKey device) {
  auto items = co_await held(device, limits::kKeyPackagesPerDevice);
  if (!items) co_return std::unexpected(items.error());
  co_return items->size();
}

Awaitable<Result<void>> KeyPackages::publish(Caller caller, wire::PublishKeyPackages request) {
  auto present = co_await count(caller.device);
  if (!present) co_return std::unexpected(present.error());
  if (*present + static_cast<std::size_t>(request.key_packages_size()) >
      limits::kKeyPackagesPerDevice)
    co_return fail(ErrorCode::kTooLarge, "more KeyPackages than the node keeps for a device",
                   limits::kKeyPackagesPerDevice);
  storage::Batch batch;
  for (const std::string& bytes : request.key_packages()) {
    auto read = read_key_package_of(caller, view_of(bytes));
    if (!read) co_return std::unexpected(read.error());
    batch.puts.emplace_back(keys::key_package(caller.device, read->reference()), bytes);
  }
  if (!request.last_resort().empty()) {
    auto read = read_key_package_of(caller, view_of(request.last_resort()));
    if (!read) co_return std::unexpected(read.error());
    batch.puts.emplace_back(keys::last_resort(caller.device), request.last_resort());
  }
  if (batch.puts.empty()) co_return Result<void>();
  auto written = co_await engine_.commit(std::move(batch));
  co_return written;
}

Awaitable<Result<wire::KeyPackage>> KeyPackages::claim(DeviceKey device) {
  constexpr int kAttempts = 8;  // each lost race means that somebody else got one
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto items = co_await held(device, 1);
    if (!items) co_return std::unexpected(items.error());
    if (items->empty()) break;
    const storage::KeyValue& item = items->front();
    storage::Batch batch;
    batch.preconditions.push_back({item.key, item.value});
    batch.deletes.push_back(item.key);
    auto taken = co_await engine_.commit(std::move(batch));
    if (!taken && taken.error().code == ErrorCode::kConflict) continue;
    if (!taken) co_return std::unexpected(taken.error());
    wire::KeyPackage answer;
    answer.set_key_package(item.value);
    co_return answer;
  }
  std::string key = keys::last_resort(device);
  auto last = co_await engine_.get(std::move(key));
  if (!last) co_return std::unexpected(last.error());
  if (!*last) co_return fail(ErrorCode::kNotFound, "the device has left no KeyPackage here");
  wire::KeyPackage answer;
  answer.set_key_package(**last);
  answer.set_last_resort(true);
  co_return answer;
}

}  // namespace xom::server
