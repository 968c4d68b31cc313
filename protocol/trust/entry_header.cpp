#include "protocol/trust/entry_header.h"

#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"

namespace xom::trust {

namespace {

template <class T>
Result<T> finished(codec::Reader& reader, T value, const char* what) {
  if (auto ok = reader.finish(); !ok) return std::unexpected(ok.error().during(what));
  return value;
}
}  // namespace

Bytes EntryHeader::encode_body() const {
  codec::Writer w;
  w.fixed(1, log).u64(2, raw(seq)).fixed(3, previous).fixed(4, entry_hash).time(5, time);
  return w.take();
}

Result<EntryHeader> EntryHeader::decode_body(ByteView body) {
  codec::Reader r(body);
  EntryHeader h;
  h.log = r.fixed<LogId>(1);
  h.seq = Seq{r.u64(2)};
  h.previous = r.fixed<Hash>(3);
  h.entry_hash = r.fixed<Hash>(4);
  h.time = r.time(5);
  if (raw(h.seq) == 0) r.refuse(ErrorCode::kMalformed, "entries are numbered from 1");
  return finished(r, h, "entry header");
}

Bytes LogHead::encode_body() const {
  codec::Writer w;
  w.fixed(1, log).u64(2, raw(seq)).fixed(3, header_hash).time(4, time);
  return w.take();
}

Result<LogHead> LogHead::decode_body(ByteView body) {
  codec::Reader r(body);
  LogHead h;
  h.log = r.fixed<LogId>(1);
  h.seq = Seq{r.u64(2)};
  h.header_hash = r.fixed<Hash>(3);
  h.time = r.time(4);
  if (raw(h.seq) == 0 && h.header_hash != Hash{}) {
    r.refuse(ErrorCode::kMalformed, "an empty log has no last header");
  }
  return finished(r, h, "log head");
}

Hash entry_hash(std::uint32_t kind, const DeviceKey& writer, EntryId entry_id, ByteView payload) {
  using namespace std::string_view_literals;
  const std::uint8_t kind_byte[] = {static_cast<std::uint8_t>(kind)};
  std::uint8_t id[8];
  for (int i = 0; i < 8; ++i) id[i] = static_cast<std::uint8_t>(raw(entry_id) >> (56 - 8 * i));
  const ByteView parts[] = {view_of("xom/1/entry\0"sv), kind_byte, writer.view(), id, payload};
  return crypto::sha256(parts);
}

Hash header_hash(const StatementId& header_id) { return Hash{header_id.bytes}; }

Result<Hash> header_hash(ByteView header_statement) {
  auto statement = Statement::decode(header_statement);
  if (!statement) return std::unexpected(statement.error());
  if (statement->kind != Kind::kEntryHeader) {
    return fail(ErrorCode::kUnknownKind, "not an entry header");
  }
  return header_hash(statement->id());
}

Bytes sign_header(const EntryHeader& header, const crypto::SigningKey& node_key) {
  return sign_value(header, node_key);
}

Bytes sign_head(const LogHead& head, const crypto::SigningKey& node_key) {
  return sign_value(head, node_key);
}

Result<CheckedHeader> check_entry(const LogId& log, const Cursor& after, const EntryView& entry,
                                  const NodeKey& node_key) {
  auto opened = open_signed_by<EntryHeader>(entry.header, node_key.view());
  if (!opened) return std::unexpected(opened.error());
  const EntryHeader& header = opened->value;
  if (header.log != log || header.seq != next(after.seq)) {
    return fail(ErrorCode::kMalformed, "header of another log or number", raw(next(after.seq)));
  }
  if (header.previous != after.hash) {
    return fail(ErrorCode::kForked, "header does not continue the chain", raw(header.seq));
  }
  if (entry.kind == 0 || entry.kind > 255) {
    return fail(ErrorCode::kMalformed, "entry kind out of range");
  }
  if (header.entry_hash != entry_hash(entry.kind, entry.writer, entry.entry_id, entry.payload)) {
    return fail(ErrorCode::kBadSignature, "the header is about another entry");
  }
  return CheckedHeader{header, header_hash(opened->id)};
}

Result<LogHead> verify_head(ByteView statement, const NodeKey& node_key) {
  auto opened = open_signed_by<LogHead>(statement, node_key.view());
  if (!opened) return std::unexpected(opened.error());
  return opened->value;
}

}  // namespace xom::trust
