#include "protocol/trust/log_ids.h"

#include "protocol/crypto/crypto.h"

namespace xom::trust {

namespace {
LogId named(std::string_view context, ByteView key) {
  const ByteView parts[] = {view_of(context), key};
  LogId id;
  id.bytes = crypto::sha256(parts).bytes;
  return id;
}
}  // namespace

using namespace std::string_view_literals;

LogId official_log(const NodeId& node) { return named("xom/1/log/official\0"sv, node.view()); }
LogId posts_log(const NodeId& node) { return named("xom/1/log/posts\0"sv, node.view()); }
LogId inbox_log(const DeviceKey& device) { return named("xom/1/log/inbox\0"sv, device.view()); }
Hash root_fingerprint(const NodeId& root) { return crypto::sha256(root.view()); }

}  // namespace xom::trust
