#include "tests/integration/kill_rounds.h"

#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "federation/frames.h"
#include "tests/integration/node_fixture.h"

namespace xom::test {
namespace {

constexpr std::size_t kWriters = 4;

struct Heard {
  std::map<std::uint64_t, std::string> entries;  // by seq: the header, as acknowledged or pushed
  std::string contradiction;
  void add(std::uint64_t seq, const std::string& header) {
    const auto [it, fresh] = entries.emplace(seq, header);
    if (!fresh && it->second != header)
      contradiction = "two entries under number " + std::to_string(seq);
  }
};

// Appends until the connection breaks; returns what was acknowledged.
void write(const TestNode& node, const Person& person, const LogId& group, Epoch epoch,
           Heard& heard) {
  auto connected = WsClient::connect(node.port);
  if (!connected || !say_hello(**connected, person)) return;
  auto opened = open_log(**connected, group);
  if (!opened) return;
  std::uint64_t id = opened->opened().last_entry_id();
  for (;;) {
    ++id;
    auto answer =
        (*connected)->call(append_frame(group, EntryId{id}, epoch, "entry " + std::to_string(id)));
    if (!answer) return;
    heard.add(answer->appended().seq(), answer->appended().header());
  }
}

void listen(const TestNode& node, const Person& person, const LogId& group, Heard& heard) {
  auto connected = WsClient::connect(node.port);
  if (!connected || !say_hello(**connected, person) || !open_log(**connected, group)) return;
  for (;;) {
    auto push = (*connected)->receive();
    if (!push) return;
    if (!push->has_pushed()) continue;
    auto entry = federation::from_wire(push->pushed().entry());
    if (entry) heard.add(raw(entry->seq), push->pushed().entry().header());
  }
}

Result<void> compare(const std::vector<wire::Entry>& log, const Heard& heard) {
  if (!heard.contradiction.empty()) return fail(ErrorCode::kForked, heard.contradiction);
  std::set<std::pair<std::string, std::uint64_t>> ids;
  std::map<std::string, std::uint64_t> last;
  for (std::size_t i = 0; i < log.size(); ++i) {
    auto entry = federation::from_wire(log[i]);
    if (!entry || raw(entry->seq) != i + 1)
      return fail(ErrorCode::kInternal, "a gap at number " + std::to_string(i + 1));
    if (!ids.emplace(log[i].writer(), log[i].entry_id()).second)
      return fail(ErrorCode::kInternal,
                  "an entry is stored twice, at number " + std::to_string(i + 1));
    if (log[i].entry_id() != ++last[log[i].writer()])
      return fail(ErrorCode::kInternal,
                  "an entry id is missing before number " + std::to_string(i + 1));
  }
  for (const auto& [seq, header] : heard.entries) {
    if (seq == 0 || seq > log.size() || log[seq - 1].header() != header)
      return fail(ErrorCode::kInternal,
                  "an acknowledged or pushed entry is lost: number " + std::to_string(seq));
  }
  return {};
}

}  // namespace

Result<KillReport> kill_rounds(std::uint64_t rounds, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  TestNode node;
  node.start();
  node.found();
  LiveGroup live = node.new_group();
  const LogId group = live.id();
  auto leader = node.log_in(node.leader);
  if (auto created = create_group(*leader, live); !created) return std::unexpected(created.error());
  std::vector<Person> people;
  for (std::size_t i = 0; i < kWriters; ++i) {
    people.push_back(Person::make());
    node.admit(live, people.back(), EntryId{i + 1});
  }
  leader.reset();
  const Epoch epoch{kWriters};

  KillReport report;
  Heard all;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    std::vector<Heard> heard(kWriters + 1);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kWriters; ++i)
      threads.emplace_back([&, i] { write(node, people[i], group, epoch, heard[i]); });
    threads.emplace_back([&] { listen(node, node.leader, group, heard[kWriters]); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 400));
    node.kill_hard();
    for (auto& thread : threads) thread.join();
    for (std::size_t i = 0; i <= kWriters; ++i) {
      (i < kWriters ? report.acknowledged : report.pushed) += heard[i].entries.size();
      if (!heard[i].contradiction.empty()) all.contradiction = heard[i].contradiction;
      for (const auto& [seq, header] : heard[i].entries) all.add(seq, header);
    }
    node.start();
    auto reader = node.log_in(node.leader);
    if (reader == nullptr) return fail(ErrorCode::kUnavailable, "the node does not come back");
    auto log = fetch_all(*reader, group, Seq{0});
    if (!log) return std::unexpected(log.error());
    if (auto same = compare(*log, all); !same)
      return std::unexpected(same.error().during("round " + std::to_string(round)));
    report.stored = log->size();
    ++report.rounds;
  }
  return report;
}

}  // namespace xom::test
