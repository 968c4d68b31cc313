// Names of logs, and the chain of their headers.
#include "protocol/trust/entry_header.h"
#include "protocol/trust/log_ids.h"
#include "protocol/wasm/standing.h"

namespace xom::wasm {

using namespace trust;

Bytes encode_standing(const LogId& log, Seq seq, const Hash& hash, TimeMs time) {
  return codec::Writer{}.fixed(1, log).u64(2, raw(seq)).fixed(3, hash).time(4, time).take();
}

// Log id of a key: what 1 `official` and 2 `posts` of an authority key, 3 the inbox of a device
// key; 4 the fingerprint of a root, which is no log.
XOM_EXPORT(xom_id_of_key)
Answer* xom_id_of_key(std::uint32_t what, const std::uint8_t* key, std::size_t size) {
  const auto node = NodeId::from(in(key, size));
  if (!node) return give_error(node.error());
  switch (what) {
    case 1:
      return give(official_log(*node).view());
    case 2:
      return give(posts_log(*node).view());
    case 3: {
      DeviceKey device;
      device.bytes = node->bytes;
      return give(inbox_log(device).view());
    }
    case 4:
      return give(root_fingerprint(*node).view());
    default:
      return give_error(Error{ErrorCode::kUnknownKind, "no such id of a key"});
  }
}

XOM_EXPORT(xom_entry_hash)
Answer* xom_entry_hash(std::uint32_t kind, const std::uint8_t* writer, std::size_t writer_size,
                       std::uint64_t entry_id, const std::uint8_t* payload,
                       std::size_t payload_size) {
  const auto key = DeviceKey::from(in(writer, writer_size));
  if (!key) return give_error(key.error());
  return give(entry_hash(kind, *key, EntryId{entry_id}, in(payload, payload_size)).view());
}

// core.Standing after the entry, if its header is good (trust/entry_header.h, check_entry).
XOM_EXPORT(xom_entry_check)
Answer* xom_entry_check(const std::uint8_t* log, std::size_t log_size, std::uint64_t after_seq,
                        const std::uint8_t* after_hash, std::size_t after_hash_size,
                        const std::uint8_t* header, std::size_t header_size, std::uint32_t kind,
                        const std::uint8_t* writer, std::size_t writer_size, std::uint64_t entry_id,
                        const std::uint8_t* payload, std::size_t payload_size,
                        const std::uint8_t* node_key, std::size_t node_key_size) {
  const auto id = LogId::from(in(log, log_size));
  if (!id) return give_error(id.error());
  const auto hash = Hash::from(in(after_hash, after_hash_size));
  if (!hash) return give_error(hash.error());
  const auto by = DeviceKey::from(in(writer, writer_size));
  if (!by) return give_error(by.error());
  const auto node = NodeKey::from(in(node_key, node_key_size));
  if (!node) return give_error(node.error());
  const EntryView entry{in(header, header_size), kind, *by, EntryId{entry_id},
                        in(payload, payload_size)};
  const auto checked = check_entry(*id, Cursor{Seq{after_seq}, *hash}, entry, *node);
  if (!checked) return give_error(checked.error());
  return give(ByteView{encode_standing(checked->header.log, checked->header.seq, checked->hash,
                                       checked->header.time)});
}

// core.Standing of a signed head.
XOM_EXPORT(xom_head_verify)
Answer* xom_head_verify(const std::uint8_t* data, std::size_t size, const std::uint8_t* node_key,
                        std::size_t node_key_size) {
  const auto node = NodeKey::from(in(node_key, node_key_size));
  if (!node) return give_error(node.error());
  const auto head = verify_head(in(data, size), *node);
  if (!head) return give_error(head.error());
  return give(ByteView{encode_standing(head->log, head->seq, head->header_hash, head->time)});
}

}  // namespace xom::wasm
