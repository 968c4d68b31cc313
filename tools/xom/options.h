// Options that several commands share, and what they open.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "protocol/crypto/crypto.h"
#include "tools/xom/node_client.h"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace xom::tools {

// What the command that was given on the command line does; set by the parser, run by main.
using Action = std::function<Result<void>()>;

// Of an option that must say something: refuses a text of blanks alone.
extern const CLI::Validator kWords;

struct NodeOptions {
  std::string url;
  std::string ca_file;
  void add(CLI::App& command);
  [[nodiscard]] Result<std::unique_ptr<NodeClient>> connect() const;
};

struct AuthorityOptions {
  std::string file;
  std::string passphrase_file;
  void add(CLI::App& command);
  // Asks for the passphrase unless a file has it.
  [[nodiscard]] Result<crypto::SigningKey> open() const;
};

// From the file; else from the file that XOM_PASSPHRASE_FILE names; else asked for at the terminal,
// twice if `twice`. kUnauthenticated: neither is there, or the two differ.
[[nodiscard]] Result<std::string> read_passphrase(const std::string& file, bool twice);

// yes at the terminal, or always if `assume`.
[[nodiscard]] bool confirmed(const std::string& question, bool assume);

// A node and its authority, with the tree as the node knows it. kWrongNode: the node belongs to
// another authority.
struct Office {
  std::unique_ptr<NodeClient> node;
  crypto::SigningKey authority;
};
[[nodiscard]] Result<Office> open_office(const NodeOptions& node,
                                         const AuthorityOptions& authority);

// The root of the tree that the node of `authority` is in, learned from the node itself: its own
// administrator may believe it, since what is signed with the result stays in that tree. kNotFound:
// the node is in no tree yet.
[[nodiscard]] Result<NodeId> root_of(NodeClient& node, const crypto::SigningKey& authority);

[[nodiscard]] TimeMs now_ms();
[[nodiscard]] TimeMs days_from_now(int days);

// Adds the commands of one file each.
void add_node_commands(CLI::App& app, Action& action);       // node init, root
void add_authority_commands(CLI::App& app, Action& action);  // authority create, authority show
void add_enrolment_commands(CLI::App& app, Action& action);  // enrol-code, enrol
void add_certify_command(CLI::App& app, Action& action);
void add_units_command(CLI::App& app, Action& action);
void add_office_commands(CLI::App& app, Action& action);  // invite, appoint
void add_revoke_command(CLI::App& app, Action& action);
void add_status_commands(CLI::App& app, Action& action);  // status, qr

}  // namespace xom::tools
