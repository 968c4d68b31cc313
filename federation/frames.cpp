#include "federation/frames.h"

#include <algorithm>

#include "protocol/trust/limits.h"
#include "protocol/trust/log_ids.h"

namespace xom::federation {
namespace {

std::string string_of(ByteView b) { return std::string(b.begin(), b.end()); }
Bytes bytes_of(const std::string& s) { return Bytes(s.begin(), s.end()); }

}  // namespace

Bytes encode(const link::LinkFrame& frame) {
  Bytes bytes(frame.ByteSizeLong());
  frame.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

Result<link::LinkFrame> decode_frame(ByteView bytes) {
  link::LinkFrame frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(ErrorCode::kMalformed, "not a link frame");
  if (frame.frame_case() == link::LinkFrame::FRAME_NOT_SET)
    return fail(ErrorCode::kUnknownKind, "a link frame of a kind that this version does not know");
  return frame;
}

wire::Entry to_wire(const storage::LogEntry& entry) {
  wire::Entry out;
  out.set_header(string_of(entry.header));
  out.set_kind(static_cast<wire::EntryKind>(entry.kind));
  out.set_writer(string_of(entry.writer.view()));
  out.set_entry_id(raw(entry.entry_id));
  out.set_payload(string_of(entry.payload));
  return out;
}

Result<storage::LogEntry> from_wire(const wire::Entry& entry) {
  auto statement = trust::Statement::decode(view_of(entry.header()));
  if (!statement) return std::unexpected(statement.error().during("entry header"));
  auto header = trust::EntryHeader::decode_body(statement->body);
  if (!header) return std::unexpected(header.error().during("entry header"));
  auto writer = DeviceKey::from(view_of(entry.writer()));
  if (!writer) return std::unexpected(writer.error().during("entry writer"));
  storage::LogEntry out;
  out.seq = header->seq;
  out.header = bytes_of(entry.header());
  out.kind = static_cast<std::uint32_t>(entry.kind());
  out.writer = *writer;
  out.entry_id = EntryId{entry.entry_id()};
  out.payload = bytes_of(entry.payload());
  return out;
}

trust::EntryView view_of_entry(const storage::LogEntry& entry) {
  return trust::EntryView{entry.header, entry.kind, entry.writer, entry.entry_id, entry.payload};
}

void put_cursor(wire::Cursor& to, const Cursor& cursor) {
  to.set_seq(raw(cursor.seq));
  to.set_hash(string_of(cursor.hash.view()));
}

Result<Cursor> cursor_from(const wire::Cursor& from) {
  if (from.seq() == 0) return Cursor{};
  auto hash = Hash::from(view_of(from.hash()));
  if (!hash) return std::unexpected(hash.error().during("cursor"));
  return Cursor{Seq{from.seq()}, *hash};
}

void put_error(wire::Error& to, const Error& error) {
  to.set_code(static_cast<std::uint32_t>(error.code));
  to.set_message(error.message);
  to.set_detail(error.detail);
}

Error error_from(const wire::Error& from) {
  constexpr auto kLast = static_cast<std::uint32_t>(ErrorCode::kBadConfiguration);
  const bool known = from.code() >= 1 && from.code() <= kLast;
  Error error{known ? static_cast<ErrorCode>(from.code()) : ErrorCode::kInternal, from.message(),
              from.detail()};
  constexpr std::size_t kMostText = 200;  // it ends up in logs and on a status page
  if (error.message.size() > kMostText) error.message.resize(kMostText);
  for (char& c : error.message)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  return error;
}

std::vector<OfferedLog> logs_down_to(const trust::Verifier& verifier, const NodeId& self) {
  std::vector<NodeId> path;
  std::optional<NodeId> next = self;
  while (next && path.size() <= trust::kMaxDepth) {
    auto info = verifier.node(*next);
    if (!info) return {};
    path.push_back(*next);
    next = info->parent;
  }
  std::reverse(path.begin(), path.end());
  std::vector<OfferedLog> logs;
  for (const NodeId& node : path) {
    logs.push_back({trust::official_log(node), wire::OFFICIAL, node});
    logs.push_back({trust::posts_log(node), wire::POSTS, node});
  }
  return logs;
}

}  // namespace xom::federation
