#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>
#include <iostream>

#include "protocol/trust/authority.h"
#include "protocol/trust/log_ids.h"
#include "protocol/trust/verified.h"
#include "server/config/data_folder.h"
#include "tools/xom/authority_file.h"
#include "tools/xom/options.h"

namespace xom::tools {
namespace {

struct InitOptions {
  std::string data;
  std::string authority;
  std::string listen;
  std::string web;
};

// What is quoted in TOML's basic strings.
std::string toml_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Result<std::string> config_text(const InitOptions& options) {
  std::string text;
  if (!options.listen.empty()) {
    const auto colon = options.listen.rfind(':');
    unsigned port = 0;
    const char* end = options.listen.data() + options.listen.size();
    if (colon == std::string::npos || colon == 0 ||
        std::from_chars(options.listen.data() + colon + 1, end, port).ptr != end || port == 0 ||
        port > 65535)
      return fail(ErrorCode::kMalformed, "--listen wants ADDRESS:PORT, e.g. 0.0.0.0:8443");
    std::string address = options.listen.substr(0, colon);
    if (address.front() == '[' && address.back() == ']')
      address = address.substr(1, address.size() - 2);
    text +=
        "listen_address = " + toml_text(address) + "\nlisten_port = " + std::to_string(port) + "\n";
  }
  if (!options.web.empty()) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(std::filesystem::path(options.web) / "index.html", error))
      return fail(ErrorCode::kNotFound,
                  "--web: there is no built client in " + options.web +
                      " (no index.html); build it with: npm --prefix web run build");
    // The node may be started from anywhere.
    text += "web_folder = " + toml_text(std::filesystem::absolute(options.web).string()) + "\n";
  }
  return text;
}

// A key in hexadecimal, or an authority file, whose public half needs no passphrase.
Result<NodeId> authority_of(const std::string& given) {
  if (auto bytes = from_hex(given); bytes && bytes->size() == NodeId::kSize)
    return NodeId::from(*bytes);
  auto text = read_small_file(given, kMaxAuthorityFile);
  if (!text)
    return fail(text.error().code, "--authority wants the authority's public key or its file: " +
                                       text.error().message);
  return public_key_of(*text);
}

Result<void> init(const InitOptions& options) {
  auto authority = authority_of(options.authority);
  if (!authority) return std::unexpected(authority.error());
  auto config = config_text(options);
  if (!config) return std::unexpected(config.error());
  auto folder =
      server::create_data_folder(options.data, *authority, *config, crypto::system_random());
  if (!folder) return std::unexpected(folder.error());
  std::cout << "node key " << folder->node_key.public_key_as<NodeKey>().hex() << "\n";
  std::cerr
      << "Next: start it with `xom-node --data " << options.data
      << "`, then `xom root` for the root of a tree, or `xom enrol` with a code of the parent.\n";
  return {};
}

Result<void> certify_root(const NodeOptions& node, const AuthorityOptions& authority,
                          const std::string& name, const std::string& level) {
  auto office = open_office(node, authority);
  if (!office) return std::unexpected(office.error());
  const auto self = office->authority.public_key_as<AuthorityKey>();
  const trust::Certificate certificate{
      self, self, office->node->node_key(), name, level, office->node->node_time(), TimeMs{0}};
  const Bytes statement = trust::sign_value(certificate, office->authority);
  auto submitted = office->node->submit(statement);
  if (!submitted) return std::unexpected(submitted.error());
  std::cout << "root " << self.hex() << "\nfingerprint " << trust::root_fingerprint(self).hex()
            << "\n";
  return {};
}

}  // namespace

void add_node_commands(CLI::App& app, Action& action) {
  auto* group = app.add_subcommand("node", "The machine's data folder");
  group->require_subcommand(1);
  auto options = std::make_shared<InitOptions>();
  auto* make = group->add_subcommand("init", "Make a data folder with a new node key");
  make->add_option("--data", options->data, "Folder to make")->required();
  make->add_option("--authority", options->authority, "Public key of the authority, or its file")
      ->required();
  make->add_option("--listen", options->listen, "ADDRESS:PORT (default 127.0.0.1:8443)");
  make->add_option("--web", options->web, "Folder of the built client");
  make->callback([=, &action] { action = [=] { return init(*options); }; });

  auto* root = app.add_subcommand(
      "root", "Make a node the root of a tree: its authority certifies it itself");
  auto node = std::make_shared<NodeOptions>();
  auto authority = std::make_shared<AuthorityOptions>();
  auto name = std::make_shared<std::string>();
  auto level = std::make_shared<std::string>();
  node->add(*root);
  authority->add(*root);
  root->add_option("--name", *name, "Name of the office, e.g. \"Công an Quận 12\"")
      ->required()
      ->check(kWords);
  root->add_option("--level", *level, "Its level, in your own words, e.g. \"Quận\"")
      ->required()
      ->check(kWords);
  root->callback(
      [=, &action] { action = [=] { return certify_root(*node, *authority, *name, *level); }; });
}

}  // namespace xom::tools
