// The chain of a log: what a node signs about each entry, and about the head.
#pragma once

#include "protocol/trust/verified.h"

namespace xom::trust {

struct EntryHeader {
  static constexpr Kind kKind = Kind::kEntryHeader;
  LogId log;
  Seq seq{0};     // from 1
  Hash previous;  // hash of the header before; zero at seq 1
  Hash entry_hash;
  TimeMs time{};
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<EntryHeader> decode_body(ByteView body);
};

struct LogHead {
  static constexpr Kind kKind = Kind::kLogHead;
  LogId log;
  Seq seq{0};  // 0: the log is empty, then the hash is zero
  Hash header_hash;
  TimeMs time{};
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<LogHead> decode_body(ByteView body);
};

// One entry as it travels; views live as long as what they were taken from.
struct EntryView {
  ByteView header;         // Statement(ENTRY_HEADER)
  std::uint32_t kind = 0;  // wire.EntryKind, 1 … 255
  DeviceKey writer;
  EntryId entry_id{0};
  ByteView payload;
};

// SHA-256("xom/1/entry" 0 || kind u8 || writer || entry id u64 BE || payload).
[[nodiscard]] Hash entry_hash(std::uint32_t kind, const DeviceKey& writer, EntryId entry_id,
                              ByteView payload);
// SHA-256(context || body) of a Statement(ENTRY_HEADER): what the next header and cursors name.
[[nodiscard]] Hash header_hash(const StatementId& header_id);
[[nodiscard]] Result<Hash> header_hash(ByteView header_statement);

[[nodiscard]] Bytes sign_header(const EntryHeader& header, const crypto::SigningKey& node_key);
[[nodiscard]] Bytes sign_head(const LogHead& head, const crypto::SigningKey& node_key);

struct CheckedHeader {
  EntryHeader header;
  Hash hash;
};
// Signed by `node_key` (kUntrusted), of this log, follows `after` (kMalformed: wrong number;
// kForked: wrong previous hash), and its entry hash is the entry's (kBadSignature).
[[nodiscard]] Result<CheckedHeader> check_entry(const LogId& log, const Cursor& after,
                                                const EntryView& entry, const NodeKey& node_key);
// Signed by `node_key`.
[[nodiscard]] Result<LogHead> verify_head(ByteView statement, const NodeKey& node_key);

}  // namespace xom::trust
