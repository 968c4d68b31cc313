#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/xom/authority_file.h"
#include "tools/xom/options.h"

namespace xom::tools {
namespace {

Result<void> create(const std::string& file, const std::string& passphrase_file) {
  auto passphrase = read_passphrase(passphrase_file, true);
  if (!passphrase) return std::unexpected(passphrase.error());
  const auto key = crypto::SigningKey::generate(crypto::system_random());
  auto text = seal_authority(key, *passphrase, crypto::system_random());
  if (!text) return std::unexpected(text.error());
  if (auto written = write_new_secret_file(file, *text); !written) return written;
  std::cout << key.public_key_as<AuthorityKey>().hex() << "\n";
  std::cerr
      << "Keep " << file
      << " away from the node's machine, with a copy in another place; it cannot be replaced.\n";
  return {};
}

Result<void> show(const std::string& file) {
  auto text = read_small_file(file, kMaxAuthorityFile);
  if (!text) return std::unexpected(text.error());
  auto key = public_key_of(*text);
  if (!key) return std::unexpected(key.error().during(file));
  std::cout << key->hex() << "\n";
  return {};
}

}  // namespace

void add_authority_commands(CLI::App& app, Action& action) {
  auto* group = app.add_subcommand(
      "authority", "The key of the office: signs units, appointments, certificates");
  group->require_subcommand(1);
  auto file = std::make_shared<std::string>();
  auto passphrase = std::make_shared<std::string>();
  auto* make = group->add_subcommand("create", "Make a new authority key in an encrypted file");
  make->add_option("--file", *file, "File to make")->required();
  make->add_option("--passphrase-file", *passphrase,
                   "File with the passphrase (else XOM_PASSPHRASE_FILE, else asked for)");
  make->callback([=, &action] { action = [=] { return create(*file, *passphrase); }; });
  auto* print = group->add_subcommand("show", "Print the public key, which is the node's id");
  print->add_option("--file", *file, "The authority's key file")->required();
  print->callback([=, &action] { action = [=] { return show(*file); }; });
}

}  // namespace xom::tools
