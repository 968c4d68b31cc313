// The Verifier (trust/verifier.h) behind a handle.
#include "protocol/trust/verifier.h"

#include <memory>

#include "protocol/wasm/standing.h"

namespace xom::wasm {

using namespace trust;

namespace {

Bytes encode(const NodeInfo& node) {
  codec::Writer out;
  out.fixed(1, node.id);
  if (node.parent) out.fixed(2, *node.parent);
  for (const NodeKey& key : node.node_keys) out.element(3, key.view());
  return out.text(4, node.name).text(5, node.level).boolean(6, node.revoked).take();
}

Bytes encode(const HeldOffice& held) {
  return codec::Writer{}
      .fixed(1, held.node)
      .fixed(2, held.statement)
      .u64(3, raw(held.seq))
      .bytes(4, held.appointment.encode_body())
      .take();
}

Bytes encode(const AlertRecord& record) {
  codec::Writer out;
  out.bytes(1, record.verdict.encode()).bytes(2, record.alert.encode_body());
  if (record.cancelled_by) out.fixed(3, *record.cancelled_by);
  if (record.updated_by) out.fixed(4, *record.updated_by);
  return out.take();
}

Bytes encode(const Unit& unit) { return unit.encode_body(); }

// A message whose field 1 repeats the items.
template <class T>
Answer* give_list(const std::vector<T>& items) {
  codec::Writer out;
  for (const T& item : items) out.element(1, encode(item));
  return give(ByteView{out.take()});
}

Answer* give_verdict(const Result<Verdict>& verdict) {
  if (!verdict) return give_error(verdict.error());
  return give(ByteView{verdict->encode()});
}

}  // namespace

// `root`: fingerprint of the pinned root, 32 bytes. detail: handle.
XOM_EXPORT(xom_verifier_new)
Answer* xom_verifier_new(const std::uint8_t* root, std::size_t size) {
  const auto hash = Hash::from(in(root, size));
  if (!hash) return give_error(hash.error());
  return give_handle(Verifier(*hash));
}

XOM_EXPORT(xom_verifier_free) void xom_verifier_free(Verifier* verifier) {
  const std::unique_ptr<Verifier> end(verifier);
}

// verdict.Verdict.
XOM_EXPORT(xom_verifier_feed)
Answer* xom_verifier_feed(Verifier* verifier, const std::uint8_t* log, std::size_t log_size,
                          const std::uint8_t* header, std::size_t header_size, std::uint32_t kind,
                          const std::uint8_t* writer, std::size_t writer_size,
                          std::uint64_t entry_id, const std::uint8_t* payload,
                          std::size_t payload_size) {
  const auto id = LogId::from(in(log, log_size));
  if (!id) return give_error(id.error());
  const auto by = DeviceKey::from(in(writer, writer_size));
  if (!by) return give_error(by.error());
  const EntryView entry{in(header, header_size), kind, *by, EntryId{entry_id},
                        in(payload, payload_size)};
  return give_verdict(verifier->feed(*id, entry));
}

// verdict.Verdict of a statement that is not in the log yet.
XOM_EXPORT(xom_verifier_check)
Answer* xom_verifier_check(const Verifier* verifier, const std::uint8_t* log, std::size_t log_size,
                           const std::uint8_t* statement, std::size_t statement_size,
                           std::int64_t now) {
  const auto id = LogId::from(in(log, log_size));
  if (!id) return give_error(id.error());
  return give_verdict(verifier->check(*id, in(statement, statement_size), TimeMs{now}));
}

// core.Standing.
XOM_EXPORT(xom_verifier_feed_head)
Answer* xom_verifier_feed_head(Verifier* verifier, const std::uint8_t* data, std::size_t size) {
  const auto head = verifier->feed_head(in(data, size));
  if (!head) return give_error(head.error());
  return give(ByteView{encode_standing(head->log, head->seq, head->header_hash, head->time)});
}

// core.Standing without a time; seq 0 if nothing of the log was fed.
XOM_EXPORT(xom_verifier_cursor)
Answer* xom_verifier_cursor(const Verifier* verifier, const std::uint8_t* log, std::size_t size) {
  const auto id = LogId::from(in(log, size));
  if (!id) return give_error(id.error());
  const Cursor cursor = verifier->cursor(*id);
  return give(ByteView{encode_standing(*id, cursor.seq, cursor.hash, TimeMs{0})});
}

// core.Freshness.
XOM_EXPORT(xom_verifier_freshness)
Answer* xom_verifier_freshness(const Verifier* verifier, const std::uint8_t* log, std::size_t size,
                               std::int64_t now) {
  const auto id = LogId::from(in(log, size));
  if (!id) return give_error(id.error());
  const Freshness fresh = verifier->freshness(*id, TimeMs{now});
  return give(ByteView{codec::Writer{}
                           .time(1, fresh.heard)
                           .boolean(2, fresh.stale)
                           .boolean(3, fresh.missing)
                           .take()});
}

// detail: milliseconds since 1970 that the clock cannot be before.
XOM_EXPORT(xom_verifier_clock) Answer* xom_verifier_clock(const Verifier* verifier) {
  return give_number(static_cast<std::uint64_t>(raw(verifier->clock_lower_bound())));
}

// core.Nodes, root first.
XOM_EXPORT(xom_verifier_nodes) Answer* xom_verifier_nodes(const Verifier* verifier) {
  return give_list(verifier->nodes());
}

// The node's id, or nothing if the log is unknown.
XOM_EXPORT(xom_verifier_node_of_log)
Answer* xom_verifier_node_of_log(const Verifier* verifier, const std::uint8_t* log,
                                 std::size_t size) {
  const auto id = LogId::from(in(log, size));
  if (!id) return give_error(id.error());
  const auto node = verifier->node_of_log(*id);
  return node ? give(node->view()) : give(ByteView{});
}

// detail: 1 if the key is certified as the node's, and nothing of it is revoked.
XOM_EXPORT(xom_verifier_is_node_key)
Answer* xom_verifier_is_node_key(const Verifier* verifier, const std::uint8_t* node,
                                 std::size_t node_size, const std::uint8_t* key,
                                 std::size_t key_size) {
  const auto id = NodeId::from(in(node, node_size));
  const auto node_key = NodeKey::from(in(key, key_size));
  return give_number(id && node_key && verifier->is_node_key(*id, *node_key) ? 1 : 0);
}

// core.Units.
XOM_EXPORT(xom_verifier_units)
Answer* xom_verifier_units(const Verifier* verifier, const std::uint8_t* node, std::size_t size) {
  const auto id = NodeId::from(in(node, size));
  return id ? give_list(verifier->units(*id)) : give_error(id.error());
}

// core.Offices that the account holds.
XOM_EXPORT(xom_verifier_offices)
Answer* xom_verifier_offices(const Verifier* verifier, const std::uint8_t* account,
                             std::size_t size, std::int64_t at) {
  const auto id = AccountKey::from(in(account, size));
  return id ? give_list(verifier->offices(*id, TimeMs{at})) : give_error(id.error());
}

// core.Offices held in the node.
XOM_EXPORT(xom_verifier_offices_of_node)
Answer* xom_verifier_offices_of_node(const Verifier* verifier, const std::uint8_t* node,
                                     std::size_t size, std::int64_t at) {
  const auto id = NodeId::from(in(node, size));
  return id ? give_list(verifier->offices_of_node(*id, TimeMs{at})) : give_error(id.error());
}

// core.Alerts, newest last.
XOM_EXPORT(xom_verifier_alerts)
Answer* xom_verifier_alerts(const Verifier* verifier, const std::uint8_t* node, std::size_t size) {
  const auto id = NodeId::from(in(node, size));
  return id ? give_list(verifier->alerts(*id)) : give_error(id.error());
}

}  // namespace xom::wasm
