#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "protocol/trust/authority.h"
#include "protocol/trust/log_ids.h"
#include "protocol/trust/verified.h"
#include "tools/xom/authority_file.h"
#include "tools/xom/options.h"
#include "tools/xom/units_file.h"

namespace xom::tools {
namespace {

Result<void> sign_units(const std::string& file, const NodeOptions& node,
                        const AuthorityOptions& authority) {
  auto text = read_small_file(file, kMaxUnitsFile);
  if (!text) return std::unexpected(text.error());
  auto lines = parse_units(*text);
  if (!lines) return std::unexpected(lines.error().during(file));
  auto office = open_office(node, authority);
  if (!office) return std::unexpected(office.error());
  auto root = root_of(*office->node, office->authority);
  if (!root) return std::unexpected(root.error());
  auto tree = read_tree(*office->node, trust::root_fingerprint(*root));
  if (!tree) return std::unexpected(tree.error());

  const auto issuer = office->authority.public_key_as<AuthorityKey>();
  std::map<std::string, Bytes> signed_already;
  for (const trust::Unit& unit : tree->units(issuer))
    signed_already[unit.unit] = unit.encode_body();
  std::size_t fresh = 0;
  for (const UnitLine& line : *lines) {
    const trust::Unit unit{issuer, line.unit, line.parent, line.level, line.name};
    const auto found = signed_already.find(line.unit);
    if (found != signed_already.end() && found->second == unit.encode_body()) continue;
    const Bytes statement = trust::sign_value(unit, office->authority);
    auto submitted = office->node->submit(statement);
    if (!submitted) return std::unexpected(submitted.error().during("unit " + line.unit));
    ++fresh;
  }
  std::cout << lines->size() << " units, " << fresh << " newly signed\n";
  return {};
}

}  // namespace

void add_units_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("units", "Sign the quarters and cells written in a file");
  auto file = std::make_shared<std::string>();
  auto node = std::make_shared<NodeOptions>();
  auto authority = std::make_shared<AuthorityOptions>();
  command->add_option("file", *file, "TOML file of units")->required();
  node->add(*command);
  authority->add(*command);
  command->callback(
      [=, &action] { action = [=] { return sign_units(*file, *node, *authority); }; });
}

}  // namespace xom::tools
