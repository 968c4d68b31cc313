#include "tools/load/seed.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "client.pb.h"
#include "protocol/trust/device.h"
#include "protocol/trust/entry_header.h"
#include "records.pb.h"
#include "server/accounts/keys.h"
#include "server/config/data_folder.h"
#include "server/groups/keys.h"
#include "server/groups/roster.h"
#include "storage/log_store.h"
#include "storage/record.h"
#include "storage/rocksdb_engine.h"

namespace xom::load {

namespace {

using storage::Awaitable;

class Signer final : public storage::HeaderSigner {
 public:
  explicit Signer(const crypto::SigningKey& key) : key_(key) {}
  Bytes sign_header(const LogId& log, Seq seq, const Hash& previous,
                    const Hash& entry_hash) override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const TimeMs time{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
    return trust::sign_header({log, seq, previous, entry_hash, time}, key_);
  }

 private:
  const crypto::SigningKey& key_;
};

// A device of an account of its own.
server::Member add_device(storage::Batch& batch, std::uint32_t device) {
  const crypto::SigningKey account = account_key(device);
  server::Member member;
  member.account = account.public_key_as<AccountKey>();
  member.device = device_key(device).public_key_as<DeviceKey>();
  trust::DeviceList list;
  list.account = member.account;
  list.version = 1;
  list.devices = {member.device};
  const Bytes statement = trust::sign_value(list, account);
  record::Device record;
  record.set_account(std::string(text_of(member.account.view())));
  batch.puts.emplace_back(server::keys::device(member.device), storage::encode_record(record));
  batch.puts.emplace_back(server::keys::device_list(member.account),
                          std::string(text_of(statement)));
  return member;
}

Awaitable<Result<void>> fill(storage::LogStore& store, DeviceKey node, Population population) {
  for (std::uint32_t g = 0; g < population.groups; ++g) {
    const LogId group = group_id(g);
    storage::AppendOperation operation;
    storage::Batch batch;
    record::Group record;
    for (std::uint32_t i = 0; i < population.members; ++i) {
      server::Member member = add_device(batch, g * population.members + i);
      member.leaf = i;
      if (i == 0) {
        record.set_creator(std::string(text_of(member.device.view())));
        record.set_account(std::string(text_of(member.account.view())));
      }
      server::put_member(batch, group, member);
    }
    operation.puts = std::move(batch.puts);
    operation.puts.emplace_back(server::keys::group(group), storage::encode_record(record));
    operation.parts.emplace_back();
    auto& part = operation.parts.back();
    part.log = group;
    part.must_be_new = true;
    part.next_generation = 0;
    part.entry.kind = wire::GROUP_CREATED;
    part.entry.writer = node;
    auto appended = co_await store.append(std::move(operation));
    if (!appended) co_return std::unexpected(appended.error());
  }
  co_await store.close();
  co_return Result<void>();
}

}  // namespace

Result<void> seed(const std::filesystem::path& data, const Population& population) {
  auto folder = server::open_data_folder(data);
  if (!folder) return std::unexpected(folder.error());
  auto engine = storage::open_rocksdb(folder->store().string(), {});
  if (!engine) return std::unexpected(engine.error());
  Signer signer(folder->node_key);
  boost::asio::io_context io;
  Result<void> result;
  {
    storage::LogStore store(**engine, signer);
    const auto node = folder->node_key.public_key_as<DeviceKey>();
    boost::asio::co_spawn(io, fill(store, node, population),
                          [&](const std::exception_ptr& thrown, Result<void> filled) {
                            if (thrown) std::rethrow_exception(thrown);
                            result = std::move(filled);
                          });
    io.run();
  }
  return result;
}

}  // namespace xom::load
