#include "server/hub/hub.h"

#include <gtest/gtest.h>

#include <set>

namespace xom::server {
namespace {

struct Reader final : Subscriber {
  void push(const LogId& log, const SharedFrame&) override { ++pushed[log]; }
  const DeviceKey* device() const override { return &key; }
  std::map<LogId, int> pushed;
  DeviceKey key{};
};

LogId log_number(std::uint8_t number) {
  LogId log;
  log.bytes.fill(number);
  return log;
}

storage::LogEntry some_entry() {
  storage::LogEntry entry;
  entry.kind = wire::APPLICATION;
  return entry;
}

// Against the plainest model: a set of pairs.
TEST(Hub, WhoReadsWhatStaysRightWhateverTheOrder) {
  Hub hub;
  constexpr std::uint8_t kLogs = 5;
  std::vector<Reader> readers(12);
  for (std::size_t i = 0; i < readers.size(); ++i)
    readers[i].key.bytes[0] = static_cast<std::uint8_t>(i / 2);  // devices with two sessions
  std::set<std::pair<LogId, Reader*>> model;
  std::uint32_t state = 12345;
  const auto next = [&](std::uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  for (int step = 0; step < 5000; ++step) {
    const LogId log = log_number(static_cast<std::uint8_t>(next(kLogs)));
    Reader& reader = readers[next(static_cast<std::uint32_t>(readers.size()))];
    switch (next(8)) {
      case 0:
        hub.forget(reader);
        std::erase_if(model, [&](const auto& pair) { return pair.second == &reader; });
        break;
      case 1:
        hub.revoke(log, reader.key);
        std::erase_if(model, [&](const auto& pair) {
          return pair.first == log && pair.second->key == reader.key;
        });
        break;
      case 2:
      case 3:
        hub.unsubscribe(log, reader);
        model.erase({log, &reader});
        break;
      default:
        hub.subscribe(log, reader);
        model.insert({log, &reader});
    }
    for (auto& each : readers) each.pushed.clear();
    hub.publish(log, some_entry(), {});
    for (auto& each : readers) {
      ASSERT_EQ(each.pushed.contains(log), model.contains({log, &each})) << "step " << step;
      ASSERT_LE(each.pushed[log], 1);
      ASSERT_EQ(hub.subscribed(log, each), model.contains({log, &each}));
      ASSERT_EQ(each.subscriptions(),
                static_cast<std::size_t>(std::ranges::count_if(
                    model, [&](const auto& pair) { return pair.second == &each; })));
    }
  }
  for (auto& each : readers) hub.forget(each);
  for (std::uint8_t i = 0; i < kLogs; ++i) EXPECT_EQ(hub.readers(log_number(i)), 0u);
}

}  // namespace
}  // namespace xom::server
