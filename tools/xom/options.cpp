#include "tools/xom/options.h"

#include <sodium/utils.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <set>

#include "protocol/trust/log_ids.h"
#include "protocol/trust/verified.h"
#include "tools/xom/authority_file.h"

namespace xom::tools {
namespace {

// Terminal input without echo; gives the terminal back as it was.
class Silence {
 public:
  Silence() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~Silence() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
};

std::string ask(const char* question) {
  std::cerr << question << std::flush;
  std::string line;
  {
    const Silence silence;
    std::getline(std::cin, line);
  }
  std::cerr << "\n";
  return line;
}

}  // namespace

const CLI::Validator kWords(
    [](const std::string& text) {
      return text.find_first_not_of(" \t\r\n") == std::string::npos ? "is empty" : std::string();
    },
    "", "words");

void NodeOptions::add(CLI::App& command) {
  command
      .add_option("--node", url,
                  "Address of the node, e.g. https://tch.example or http://127.0.0.1:8443")
      ->required();
  command.add_option("--ca", ca_file,
                     "PEM file of the certificate authority to trust instead of the system's");
}

Result<std::unique_ptr<NodeClient>> NodeOptions::connect() const {
  return NodeClient::connect(url, ca_file);
}

void AuthorityOptions::add(CLI::App& command) {
  command.add_option("--authority", file, "The authority's key file")->required();
  command.add_option("--passphrase-file", passphrase_file,
                     "File with its passphrase (else XOM_PASSPHRASE_FILE, else asked for)");
}

Result<crypto::SigningKey> AuthorityOptions::open() const {
  auto text = read_small_file(file, kMaxAuthorityFile);
  if (!text) return std::unexpected(text.error());
  auto passphrase = read_passphrase(passphrase_file, false);
  if (!passphrase) return std::unexpected(passphrase.error());
  auto key = open_authority(*text, *passphrase);
  sodium_memzero(passphrase->data(), passphrase->size());
  if (!key) return std::unexpected(key.error().during(file));
  return key;
}

Result<std::string> read_passphrase(const std::string& file, bool twice) {
  constexpr std::size_t kMostPassphrase = 1024;
  const char* named = std::getenv("XOM_PASSPHRASE_FILE");
  const std::string from = !file.empty() ? file : named != nullptr ? named : "";
  if (!from.empty()) {
    auto text = read_small_file(from, kMostPassphrase);
    if (!text) return std::unexpected(text.error().during("passphrase"));
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    return text;
  }
  if (::isatty(STDIN_FILENO) == 0)
    return fail(ErrorCode::kUnauthenticated,
                "no passphrase: give --passphrase-file or XOM_PASSPHRASE_FILE");
  std::string passphrase = ask("Passphrase of the authority key: ");
  if (twice && ask("The same again: ") != passphrase)
    return fail(ErrorCode::kUnauthenticated, "the two passphrases differ: start again");
  return passphrase;
}

bool confirmed(const std::string& question, bool assume) {
  if (assume) return true;
  if (::isatty(STDIN_FILENO) == 0) return false;
  std::cout << question << " [y/N] " << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line == "y" || line == "Y" || line == "yes";
}

Result<Office> open_office(const NodeOptions& node, const AuthorityOptions& authority) {
  auto client = node.connect();
  if (!client) return std::unexpected(client.error());
  auto key = authority.open();
  if (!key) return std::unexpected(key.error());
  if ((*client)->node_id() != key->public_key_as<NodeId>())
    return fail(ErrorCode::kWrongNode, "the node at " + node.url + " belongs to authority " +
                                           (*client)->node_id().hex() + ", this file holds " +
                                           key->public_key_as<NodeId>().hex());
  return Office{std::move(*client), std::move(*key)};
}

Result<NodeId> root_of(NodeClient& node, const crypto::SigningKey& authority) {
  const NodeId self = authority.public_key_as<NodeId>();
  wire::ClientFrame frame;
  frame.mutable_list_logs();
  auto answer = node.call(std::move(frame));
  if (!answer) return std::unexpected(answer.error());
  // Every official log begins with what its node certified; only a root's begins with its own
  // certificate.
  for (const wire::LogInfo& info : answer->logs().logs()) {
    auto candidate = NodeId::from(view_of(info.node()));
    if (info.kind() != wire::OFFICIAL || !candidate) continue;
    auto tree = read_tree(node, trust::root_fingerprint(*candidate));
    if (tree && tree->root() && tree->root()->id == *candidate && tree->node(self))
      return *candidate;
    if (!tree && tree.error().code == ErrorCode::kIo) return std::unexpected(tree.error());
  }
  return fail(
      ErrorCode::kNotFound,
      "the node is in no tree yet: `xom root` for a root, `xom enrol` for a child, and start it");
}

TimeMs now_ms() {
  using namespace std::chrono;
  return TimeMs{duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

TimeMs days_from_now(int days) { return TimeMs{raw(now_ms()) + std::int64_t{days} * 86'400'000}; }

}  // namespace xom::tools
