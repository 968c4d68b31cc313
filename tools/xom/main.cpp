// xom: what an administrator and an operator do from a command line.
#include <CLI/CLI.hpp>
#include <iostream>

#include "protocol/crypto/crypto.h"
#include "tools/xom/options.h"

namespace {
// Exit code of a command line that cannot be read; 1 is of a command that failed.
constexpr int kUsage = 2;
}  // namespace

int main(int argc, char** argv) {
  using namespace xom;
  if (!crypto::initialise()) {
    std::cerr << "xom: libsodium does not start\n";
    return 1;
  }
  CLI::App app{
      "Administration of a Xóm node: its keys, its place in the tree, its units and offices.",
      "xom"};
  app.set_version_flag("--version", XOM_VERSION);
  app.require_subcommand(1);
  tools::Action action;
  tools::add_node_commands(app, action);
  tools::add_authority_commands(app, action);
  tools::add_enrolment_commands(app, action);
  tools::add_certify_command(app, action);
  tools::add_units_command(app, action);
  tools::add_office_commands(app, action);
  tools::add_revoke_command(app, action);
  tools::add_status_commands(app, action);
  // CLI11 itself says of a misspelt command only that one is missing.
  const auto known = [&](const CLI::App* command) { return command->check_name(argv[1]); };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(known).empty()) {
    std::cerr << "xom: there is no command \"" << argv[1] << "\"; xom --help lists them\n";
    return kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  const auto done = action();
  if (done) return 0;
  std::cerr << "xom: " << done.error().message << " (" << name_of(done.error().code) << ")\n";
  return 1;
}
