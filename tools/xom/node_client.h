// A blocking client of a node, for commands that ask a few things and end.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "client.pb.h"
#include "protocol/base/bytes.h"
#include "protocol/trust/verifier.h"

namespace xom::tools {

class NodeClient {
 public:
  // Connects to the node at `url` (any scheme of federation::dial; the path is ours) and reads its
  // Challenge. `ca_file` as in DialOptions. Errors of dial; kUnsupportedVersion: the node speaks
  // another protocol.
  [[nodiscard]] static Result<std::unique_ptr<NodeClient>> connect(const std::string& url,
                                                                   const std::string& ca_file);
  ~NodeClient();

  [[nodiscard]] NodeId node_id() const { return node_id_; }
  [[nodiscard]] NodeKey node_key() const { return node_key_; }
  // The node's clock when it greeted us.
  [[nodiscard]] TimeMs node_time() const { return node_time_; }

  // Sends and waits for the answer; an Error of the node is an Error here. kIo: lost, or no answer
  // in time.
  [[nodiscard]] Result<wire::ServerFrame> call(wire::ClientFrame frame);
  // Submit; seq 0: it waits in the node's pending list.
  [[nodiscard]] Result<Seq> submit(ByteView statement);
  // Everything in a log after `after`, page by page.
  [[nodiscard]] Result<std::vector<wire::Entry>> read_log(const LogId& log, Seq after);
  [[nodiscard]] Result<wire::Pending> pending();

 private:
  struct Impl;
  NodeClient();
  std::unique_ptr<Impl> impl_;
  NodeId node_id_;
  NodeKey node_key_;
  TimeMs node_time_{};
  std::uint64_t last_id_ = 0;
};

// Feeds the node's official logs, own and mirrored, to a verifier pinned to `root`, until nothing
// more fits. kUntrusted: the node at the other end is not in the tree of this root.
[[nodiscard]] Result<trust::Verifier> read_tree(NodeClient& client, const Hash& root);
// The same, from where the verifier stands.
[[nodiscard]] Result<void> refresh_tree(NodeClient& client, trust::Verifier& verifier);

}  // namespace xom::tools
