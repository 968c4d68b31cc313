#include "storage/log_records.h"

#include "records.pb.h"
#include "storage/limits.h"
#include "storage/record.h"

namespace xom::storage {

std::optional<Seq> WriterRecord::find(EntryId id) const {
  if (raw(id) == 0 || id > last || raw(last) - raw(id) >= seqs.size()) return std::nullopt;
  return seqs[seqs.size() - 1 - (raw(last) - raw(id))];
}

std::vector<Seq> WriterRecord::push(EntryId id, Seq seq) {
  std::vector<Seq> dropped;
  if (id <= last) return dropped;
  if (raw(id) != raw(last) + 1) {
    dropped.assign(seqs.begin(), seqs.end());
    seqs.clear();
  }
  last = id;
  seqs.push_back(seq);
  if (seqs.size() > limits::kRetryWindow) {
    dropped.push_back(seqs.front());
    seqs.pop_front();
  }
  return dropped;
}

std::string encode(const HeadRecord& head) {
  record::LogHead message;
  message.set_seq(raw(head.state.head.seq));
  message.set_header_hash(std::string(text_of(head.state.head.hash.view())));
  message.set_first(raw(head.state.first));
  message.set_generation(head.state.generation);
  message.set_generation_began(raw(head.state.generation_began));
  if (head.state.open_by) {
    message.set_open_by(std::string(text_of(head.state.open_by->view())));
  }
  message.set_bytes(head.bytes);
  return encode_record(message);
}

Result<HeadRecord> decode_head(std::string_view value) {
  const auto message = decode_record<record::LogHead>(value);
  if (!message) return std::unexpected(message.error());
  const auto hash = Hash::from(view_of(message->header_hash()));
  if (!hash) return std::unexpected(hash.error().during("reading the head of a log"));
  HeadRecord head;
  head.state.head = Cursor{Seq{message->seq()}, *hash};
  head.state.first = Seq{message->first()};
  head.state.generation = message->generation();
  head.state.generation_began = Seq{message->generation_began()};
  if (!message->open_by().empty()) {
    const auto by = AccountKey::from(view_of(message->open_by()));
    if (!by) return std::unexpected(by.error().during("reading the head of a log"));
    head.state.open_by = *by;
  }
  head.bytes = message->bytes();
  return head;
}

std::string encode(const WriterRecord& writer) {
  record::WriterState message;
  message.set_last_entry_id(raw(writer.last));
  for (const Seq seq : writer.seqs) message.add_last_seqs(raw(seq));
  return encode_record(message);
}

Result<WriterRecord> decode_writer(std::string_view value) {
  const auto message = decode_record<record::WriterState>(value);
  if (!message) return std::unexpected(message.error());
  WriterRecord writer;
  writer.last = EntryId{message->last_entry_id()};
  for (const auto seq : message->last_seqs()) writer.seqs.push_back(Seq{seq});
  return writer;
}

std::string encode(const LogEntry& entry) {
  record::LogEntry message;
  message.set_header(std::string(text_of(entry.header)));
  message.set_kind(entry.kind);
  message.set_writer(std::string(text_of(entry.writer.view())));
  message.set_entry_id(raw(entry.entry_id));
  message.set_payload(std::string(text_of(entry.payload)));
  return encode_record(message);
}

Result<LogEntry> decode_entry(Seq seq, std::string_view value) {
  const auto message = decode_record<record::LogEntry>(value);
  if (!message) return std::unexpected(message.error());
  const auto writer = DeviceKey::from(view_of(message->writer()));
  if (!writer) return std::unexpected(writer.error().during("reading an entry of a log"));
  LogEntry entry;
  entry.seq = seq;
  entry.header.assign(message->header().begin(), message->header().end());
  entry.kind = message->kind();
  entry.writer = *writer;
  entry.entry_id = EntryId{message->entry_id()};
  entry.payload.assign(message->payload().begin(), message->payload().end());
  return entry;
}

}  // namespace xom::storage
