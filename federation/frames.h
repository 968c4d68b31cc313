// Between the frames of a link (schema/link.proto) and what logs and the verifier take.
#pragma once

#include <vector>

#include "link.pb.h"
#include "protocol/base/bytes.h"
#include "protocol/trust/entry_header.h"
#include "protocol/trust/verifier.h"
#include "storage/log_store.h"

namespace xom::federation {

[[nodiscard]] Bytes encode(const link::LinkFrame& frame);
// kMalformed: not a frame, or one without content.
[[nodiscard]] Result<link::LinkFrame> decode_frame(ByteView bytes);

[[nodiscard]] wire::Entry to_wire(const storage::LogEntry& entry);
// Reads the number from the header without believing it. kMalformed, kTooLarge, kUnknownKind.
[[nodiscard]] Result<storage::LogEntry> from_wire(const wire::Entry& entry);
// Valid as long as `entry`.
[[nodiscard]] trust::EntryView view_of_entry(const storage::LogEntry& entry);

void put_cursor(wire::Cursor& to, const Cursor& cursor);
// An absent cursor is the start. kMalformed.
[[nodiscard]] Result<Cursor> cursor_from(const wire::Cursor& from);

void put_error(wire::Error& to, const Error& error);
// What the other node said; an unknown code becomes kInternal.
[[nodiscard]] Error error_from(const wire::Error& from);

// A log that a node gives to its children.
struct OfferedLog {
  LogId log;
  wire::LogKind kind{};
  NodeId node;
  bool operator==(const OfferedLog&) const = default;
};
// Official and posts log of every node from the root down to `self`, in that order, so that each
// log stands after those that its verification needs. Empty while `self` is not certified.
[[nodiscard]] std::vector<OfferedLog> logs_down_to(const trust::Verifier& verifier,
                                                   const NodeId& self);

}  // namespace xom::federation
