#include "tests/integration/kill_rounds.h"

#include <atomic>
#include <map>
#include <random>
#include <thread>

#include "protocol/trust/entry_header.h"
#include "protocol/trust/log_ids.h"
#include "tests/integration/ward.h"
#include "tests/support/fake_mls.h"

namespace xom::test {
namespace {

constexpr int kInFlight = 16;  // appends of one writer that wait for their acknowledgement together

// What one client was promised, over all rounds.
struct Promises {
  std::map<std::uint64_t, std::uint64_t> acknowledged;  // entry id -> seq
  std::map<std::uint64_t, std::string> pushed;          // seq -> header
};

std::uint64_t seq_of(const std::string& header) {
  const auto statement = trust::Statement::decode(view_of(header));
  if (!statement) return 0;
  const auto body = trust::EntryHeader::decode_body(statement->body);
  return body ? raw(body->seq) : 0;
}

// Appends until the connection ends. An entry id that was not acknowledged is sent again first, with the
// same bytes.
void write_and_listen(const Ward& ward, const Person& who, const Room& room, Promises& promises,
                      std::uint64_t first_free) {
  auto connected = WsClient::connect(ward.port());
  if (!connected || !say_hello(**connected, who)) return;
  WsClient& client = **connected;
  if (!open_log(client, room.group)) return;
  std::uint64_t next = promises.acknowledged.empty() ? first_free
                                                     : promises.acknowledged.rbegin()->first + 1;
  std::map<std::uint64_t, std::uint64_t> waiting;  // request id -> entry id
  for (;;) {
    while (waiting.size() < kInFlight) {
      const auto sent = client.send(
          append_frame(room.group, EntryId{next}, Epoch{1}, "entry " + std::to_string(next)));
      if (!sent) return;
      waiting[*sent] = next++;
    }
    const auto frame = client.receive();
    if (!frame) return;
    if (frame->has_pushed()) {
      const std::string& header = frame->pushed().entry().header();
      promises.pushed[seq_of(header)] = header;
    } else if (frame->has_appended()) {
      const auto answered = waiting.find(frame->id());
      if (answered == waiting.end()) continue;
      promises.acknowledged[answered->second] = frame->appended().seq();
      waiting.erase(answered);
    } else if (!frame->has_behind()) {
      return;  // a refusal or Goodbye: the round is over for this writer
    }
  }
}

std::string check(const std::vector<wire::Entry>& entries, const Person& writer,
                  const Promises& promises, std::uint64_t first_seq) {
  std::map<std::uint64_t, std::uint64_t> stored;  // entry id -> seq, of this writer
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::uint64_t seq = first_seq + i;
    if (seq_of(entries[i].header()) != seq) return "a gap at " + std::to_string(seq);
    if (view_of(entries[i].writer()).size() != 32 ||
        entries[i].writer() != text_of(writer.device().view())) {
      continue;
    }
    if (!stored.emplace(entries[i].entry_id(), seq).second) {
      return "entry id " + std::to_string(entries[i].entry_id()) + " is stored twice";
    }
  }
  for (const auto& [id, seq] : promises.acknowledged) {
    const auto found = stored.find(id);
    if (found == stored.end()) return "acknowledged entry " + std::to_string(id) + " is missing";
    if (found->second != seq) return "acknowledged entry " + std::to_string(id) + " has moved";
  }
  for (const auto& [seq, header] : promises.pushed) {
    if (seq < first_seq || seq >= first_seq + entries.size() ||
        entries[seq - first_seq].header() != header) {
      return "pushed entry " + std::to_string(seq) + " is missing or another";
    }
  }
  return {};
}

}  // namespace

KillReport kill_rounds(int rounds, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  KillReport report;
  Ward ward;
  ward.start();
  ward.found();
  const Room room = open_room(ward);
  Promises of_leader;
  Promises of_resident;
  std::uniform_int_distribution<int> milliseconds(5, 400);
  for (; report.rounds < rounds && report.violation.empty(); ++report.rounds) {
    std::thread leader([&] {
      write_and_listen(ward, ward.leader(), room, of_leader, room.leader_entries + 1);
    });
    std::thread resident([&] {
      write_and_listen(ward, room.resident, room, of_resident, room.resident_entries + 1);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds(random)));
    ward.kill_hard();
    leader.join();
    resident.join();
    ward.start();

    auto reader = ward.connect_as(ward.leader());
    const auto opened = open_log(*reader, room.group);
    if (!opened) {
      report.violation = "the log cannot be opened: " + opened.error().message;
      break;
    }
    const std::uint64_t start = opened->opened().start().seq();
    const auto entries = fetch_all(*reader, room.group, Seq{start});
    if (!entries) {
      report.violation = "the log cannot be read: " + entries.error().message;
      break;
    }
    report.stored = start + entries->size();
    report.violation = check(*entries, ward.leader(), of_leader, start + 1);
    if (report.violation.empty()) {
      report.violation = check(*entries, room.resident, of_resident, start + 1);
    }
  }
  report.acknowledged = of_leader.acknowledged.size() + of_resident.acknowledged.size();
  report.pushed = of_leader.pushed.size() + of_resident.pushed.size();
  return report;
}

}  // namespace xom::test
