// The node's data folder: what lies where, made by `xom node init`, opened by xom-node.
//
//   format          "xom-data 1\n"; a newer number is refused
//   xom.toml        configuration (optional)
//   node.key        hex seed of the node key, mode 0600
//   authority.pub   hex of the authority key whose node this is (its private half is never here)
//   parent.toml     url, node id, node key and pinned root, written by `xom enrol`; absent at a
//   root store/          RocksDB
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "protocol/base/bytes.h"
#include "protocol/crypto/crypto.h"

namespace xom::server {

struct ParentInfo {
  std::string url;      // ws:// or wss://, of the node; the link's path is added
  NodeId node_id;       // the parent's authority key
  NodeKey node_key;     // as learned at the enrolment
  NodeId root;          // authority key of the tree's root
  std::string ca_file;  // empty: the system's
};

struct DataFolder {
  std::filesystem::path path;
  crypto::SigningKey node_key;
  NodeId node_id;
  std::optional<ParentInfo> parent;

  [[nodiscard]] std::filesystem::path store() const { return path / "store"; }
  [[nodiscard]] std::filesystem::path config_file() const { return path / "xom.toml"; }
  [[nodiscard]] NodeId root() const { return parent ? parent->root : node_id; }
};

// Makes a new folder (0700) with a fresh node key. kAlreadyExists if it holds a node already; kIo.
// `config`: text of xom.toml.
[[nodiscard]] Result<DataFolder> create_data_folder(const std::filesystem::path& path,
                                                    const NodeId& authority,
                                                    const std::string& config,
                                                    crypto::Random& random);

// kNotFound (no node here), kUnsupportedVersion (made by a newer version), kBadConfiguration
// (damaged file, or node.key readable by others), kIo. Each message is one line with the remedy.
[[nodiscard]] Result<DataFolder> open_data_folder(const std::filesystem::path& path);

// Writes parent.toml atomically.
[[nodiscard]] Result<void> write_parent(const std::filesystem::path& folder,
                                        const ParentInfo& parent);

}  // namespace xom::server
