#include "tools/load/seed.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "client.pb.h"
#include "protocol/trust/device.h"
#include "protocol/trust/entry_header.h"
#include "records.pb.h"
#include "server/accounts/keys.h"
#include "server/config/data_folder.h"
#include "server/groups/keys.h"
#include "server/groups/roster.h"
#include "server/text.h"
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

server::Member member_of(std::uint32_t device) {
  server::Member member;
  member.account = account_key(device).public_key_as<AccountKey>();
  member.device = device_key(device).public_key_as<DeviceKey>();
  return member;
}

// A device of an account of its own.
void add_device(storage::Batch& batch, std::uint32_t device, const server::Member& member) {
  trust::DeviceList list;
  list.account = member.account;
  list.version = 1;
  list.devices = {member.device};
  const Bytes statement = trust::sign_value(list, account_key(device));
  record::Device record;
  record.set_account(std::string(text_of(member.account.view())));
  batch.puts.emplace_back(server::keys::device(member.device), storage::encode_record(record));
  batch.puts.emplace_back(server::keys::device_list(member.account),
                          std::string(text_of(statement)));
}

// Several groups are on their way at once, so that they share a sync.
class Filling {
 public:
  Filling(storage::LogStore& store, DeviceKey node, Population population, std::uint32_t further,
          std::uint64_t messages)
      : store_(store),
        node_(node),
        population_(population),
        further_(further),
        messages_(messages) {}

  Result<void> run(boost::asio::io_context& io) {
    const std::uint64_t groups = population_.groups + further_;
    write(io, groups, [this](std::uint64_t group) {
      return group_operation(static_cast<std::uint32_t>(group));
    });
    write(io, messages_, [this](std::uint64_t message) {
      return message_operation(static_cast<std::uint32_t>(message % population_.groups));
    });
    run_to_end(io, [this] { return store_.close(); });
    return result_;
  }

 private:
  static constexpr std::uint32_t kAtOnce = 64;
  static constexpr std::size_t kMessageSize = 300;

  using Operation = std::function<storage::AppendOperation(std::uint64_t)>;

  void write(boost::asio::io_context& io, std::uint64_t count, const Operation& operation) {
    next_ = 0;
    run_to_end(io, [&] { return fill(count, operation); }, kAtOnce);
  }

  template <class Task>
  static void run_to_end(boost::asio::io_context& io, const Task& task, std::uint32_t times = 1) {
    for (std::uint32_t i = 0; i < times; ++i)
      boost::asio::co_spawn(io, task(), [](const std::exception_ptr& thrown) {
        if (thrown) std::rethrow_exception(thrown);
      });
    io.restart();
    io.run();
  }

  Awaitable<void> fill(std::uint64_t count, const Operation& operation) {
    while (result_ && next_ < count) {
      storage::AppendOperation next = operation(next_++);
      auto appended = co_await store_.append(std::move(next));
      if (!appended) result_ = std::unexpected(appended.error());
    }
  }

  storage::AppendOperation message_operation(std::uint32_t number) const {
    const LogId group = group_id(number);
    storage::AppendOperation operation;
    operation.parts.emplace_back();
    auto& part = operation.parts.back();
    part.log = group;
    part.entry.kind = wire::APPLICATION;
    part.entry.writer = member_of(population_.first_member(number)).device;
    part.entry.payload = server::bytes_of(sealed_message(group, 0, kMessageSize, {}));
    return operation;
  }

  storage::AppendOperation group_operation(std::uint32_t number) const {
    const bool silent = number >= population_.groups;
    const std::uint32_t first =
        silent ? number % population_.devices() : population_.first_member(number);
    const bool newcomers = !silent && number % population_.places == 0;
    const LogId group = group_id(number);
    storage::AppendOperation operation;
    storage::Batch batch;
    record::Group record;
    for (std::uint32_t i = 0; i < (silent ? 1 : population_.members); ++i) {
      server::Member member = member_of(first + i);
      if (newcomers) add_device(batch, first + i, member);
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
    part.entry.writer = node_;
    return operation;
  }

  storage::LogStore& store_;
  DeviceKey node_;
  Population population_;
  std::uint32_t further_;
  std::uint64_t messages_;
  std::uint64_t next_ = 0;
  Result<void> result_;
};

}  // namespace

Result<void> seed(const std::filesystem::path& data, const Population& population,
                  std::uint32_t further, std::uint64_t messages) {
  auto folder = server::open_data_folder(data);
  if (!folder) return std::unexpected(folder.error());
  boost::asio::io_context io;  // outlives what may still complete on it
  auto engine = storage::open_rocksdb(folder->store().string(), {});
  if (!engine) return std::unexpected(engine.error());
  Signer signer(folder->node_key);
  storage::LogStore store(**engine, signer);
  const auto node = folder->node_key.public_key_as<DeviceKey>();
  return Filling(store, node, population, further, messages).run(io);
}

}  // namespace xom::load
