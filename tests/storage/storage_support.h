// Shared by the storage tests: running coroutines, engines under test, a signer, entries.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "protocol/crypto/crypto.h"
#include "protocol/trust/entry_header.h"
#include "storage/log_store.h"

namespace xom::storage::testing {

// Runs the coroutine, and everything else on the context, until nothing is left to do.
template <class T>
T run(boost::asio::io_context& context, Awaitable<T> work) {
  std::optional<T> result;
  boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, T value) {
    if (error) std::rethrow_exception(error);
    result.emplace(std::move(value));
  });
  context.restart();
  context.run();
  return std::move(*result);
}

inline void run(boost::asio::io_context& context, Awaitable<void> work) {
  boost::asio::co_spawn(context, std::move(work), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  context.restart();
  context.run();
}

// Starts the coroutine; its result appears in `result` as the context runs.
template <class T>
void start(boost::asio::io_context& context, Awaitable<T> work, std::optional<T>& result) {
  boost::asio::co_spawn(context, std::move(work), [&result](std::exception_ptr error, T value) {
    if (error) std::rethrow_exception(error);
    result.emplace(std::move(value));
  });
}

// An engine together with the disk under it.
class EngineUnderTest {
 public:
  virtual ~EngineUnderTest() = default;
  [[nodiscard]] virtual Engine& engine() = 0;
  // Loses what was not synced and opens the store again. Nothing may be waiting.
  virtual void power_loss() = 0;
  // Syncs block (hold) until release.
  virtual void hold() = 0;
  virtual void release() = 0;
  // Runs the context until this many batches, or groups of them, wait for the disk.
  virtual void wait_until_held(boost::asio::io_context& context) = 0;
  virtual void fail_next_sync() = 0;
  [[nodiscard]] virtual std::size_t syncs() const = 0;
};

[[nodiscard]] std::unique_ptr<EngineUnderTest> make_memory_engine();
[[nodiscard]] std::unique_ptr<EngineUnderTest> make_rocksdb_engine();

struct EngineKind {
  const char* name;
  std::unique_ptr<EngineUnderTest> (*make)();
};
inline const EngineKind kEngines[] = {{"Memory", make_memory_engine},
                                      {"RocksDb", make_rocksdb_engine}};

class EngineTest : public ::testing::TestWithParam<EngineKind> {
 protected:
  EngineTest() : disk(GetParam().make()) {}
  Engine& engine() { return disk->engine(); }

  boost::asio::io_context context;
  std::unique_ptr<EngineUnderTest> disk;
};

#define XOM_FOR_EVERY_ENGINE(suite)                                       \
  INSTANTIATE_TEST_SUITE_P(Engines, suite, ::testing::ValuesIn(kEngines), \
                           [](const auto& info) { return std::string(info.param.name); })

// Signs with a fixed key and a clock that ticks once a header.
class TestSigner final : public HeaderSigner {
 public:
  TestSigner();
  Bytes sign_header(const LogId& log, Seq seq, const Hash& previous,
                    const Hash& entry_hash) override;

 private:
  crypto::SigningKey key_;
  std::int64_t time_ = 1'700'000'000'000;
};

template <class Key>
[[nodiscard]] Key key_of(std::uint8_t number) {
  Key key;
  key.bytes.fill(number);
  return key;
}
[[nodiscard]] inline LogId log_of(std::uint8_t number) { return key_of<LogId>(number); }
[[nodiscard]] inline DeviceKey writer_of(std::uint8_t number) { return key_of<DeviceKey>(number); }

// An operation of one entry.
[[nodiscard]] AppendOperation one(const LogId& log, const DeviceKey& writer, std::uint64_t entry_id,
                                  std::string_view payload);

}  // namespace xom::storage::testing
