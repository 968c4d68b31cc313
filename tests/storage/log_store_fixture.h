// A log store over an engine under test, with a listener that remembers what it was told.
#pragma once

#include <utility>
#include <vector>

#include "tests/storage/storage_support.h"

namespace xom::storage::testing {

class Notices final : public AppendListener {
 public:
  void appended(const LogId& log, const LogEntry& entry) override { all.emplace_back(log, entry); }
  std::vector<std::pair<LogId, LogEntry>> all;
};

class LogStoreTest : public EngineTest {
 protected:
  LogStoreTest() { open(); }

  void open() {
    store.emplace(engine(), signer);
    store->set_listener(&notices);
  }
  void power_loss() {
    store.reset();
    disk->power_loss();
    open();
  }

  Result<std::vector<Appended>> append(AppendOperation operation) {
    return run(context, store->append(std::move(operation)));
  }
  // Appends `count` entries of the writer, from this id on.
  void fill(const LogId& log, const DeviceKey& writer, std::uint64_t from, std::uint64_t count) {
    for (std::uint64_t id = from; id < from + count; ++id) {
      const auto done = append(one(log, writer, id, "entry " + std::to_string(id)));
      ASSERT_TRUE(done) << done.error().message;
    }
  }
  Result<std::vector<LogEntry>> read(const LogId& log, std::uint64_t after,
                                     std::size_t limit = 1000, std::size_t bytes = 1 << 24) {
    return run(context, store->read(log, Seq{after}, limit, bytes));
  }
  LogState state(const LogId& log) { return run(context, store->state(log)).value(); }

  TestSigner signer;
  Notices notices;
  std::optional<LogStore> store;
  const LogId log = log_of(1);
  const LogId other = log_of(2);
  const DeviceKey an = writer_of(10);
  const DeviceKey binh = writer_of(11);
};

}  // namespace xom::storage::testing
