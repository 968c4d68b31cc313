#include "server/retention/policy.h"

#include "client.pb.h"
#include "protocol/trust/entry_header.h"
#include "protocol/trust/statement.h"

namespace xom::server {
namespace {

Result<TimeMs> time_of(const storage::LogEntry& entry) {
  auto statement = trust::Statement::decode(entry.header);
  if (!statement) return std::unexpected(statement.error());
  auto header = trust::EntryHeader::decode_body(statement->body);
  if (!header) return std::unexpected(header.error());
  return header->time;
}

}  // namespace

std::optional<LogClass> class_of(std::uint32_t entry_kind) {
  switch (entry_kind) {
    case wire::STATEMENT:
      return LogClass::kChannel;
    case wire::WELCOME:
      return LogClass::kInbox;
    case wire::APPLICATION:
    case wire::COMMIT:
    case wire::JOIN_REQUEST:
    case wire::GROUP_CREATED:
    case wire::REFUSAL:
      return LogClass::kGroup;
    default:
      return std::nullopt;
  }
}

Result<std::optional<Seq>> last_to_go(const Keep& keep, std::span<const storage::LogEntry> oldest,
                                      std::uint64_t bytes, TimeMs now) {
  std::optional<Seq> last;
  for (const storage::LogEntry& entry : oldest) {
    const auto time = time_of(entry);
    if (!time) return std::unexpected(time.error());
    const std::chrono::milliseconds age(raw(now) - raw(*time));
    const bool too_old = keep.age.count() > 0 && age > keep.age;
    const bool too_much = keep.bytes > 0 && bytes > keep.bytes && age > keep.at_least;
    if (!too_old && !too_much) break;
    last = entry.seq;
    bytes -= std::min<std::uint64_t>(bytes, entry.payload.size());
  }
  return last;
}

}  // namespace xom::server
