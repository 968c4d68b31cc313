// xom-node: the server of a ward.
#include <CLI/CLI.hpp>
#include <iostream>

#include "server/config/config.h"
#include "server/node.h"
#include "server/version.h"

namespace {

constexpr const char* kHttps =
    "HTTPS\n"
    "  Phones need HTTPS for the offline page, notifications and the camera. There are two ways:\n"
    "  1. The node's own certificate: set tls_certificate and tls_key to the PEM files (full "
    "chain, private key), for\n"
    "     example those that certbot keeps for the ward's domain name, and listen_address = "
    "\"0.0.0.0\", listen_port = 443.\n"
    "     Renewed files are noticed within 10 seconds, or at once with SIGHUP; nobody is "
    "disconnected.\n"
    "  2. Behind a proxy (nginx, Caddy) that has the certificate: leave both empty and listen on "
    "127.0.0.1. The proxy passes\n"
    "     everything to that port, WebSockets at /ws and /link included, and keeps idle "
    "connections for 2 minutes. Raise\n"
    "     max_sessions_per_address to max_sessions then, since all clients come from the proxy's "
    "address.\n";

// Exit code of a command line that cannot be read; 1 is of a node that failed.
constexpr int kUsage = 2;

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "xom-node, the chat server of a ward. Make a data folder first: xom node init --data DIR"};
  app.set_version_flag("--version", xom::server::kVersion);
  xom::server::NodeOptions options;
  app.add_option("--data", options.data, "The node's data folder")->required();
  app.add_option("--config", options.config,
                 "Configuration file; default: xom.toml in the data folder");
  app.footer("Configuration (TOML), with defaults and ranges\n" + xom::server::describe_config() +
             "\n" + kHttps);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : kUsage;
  }
  try {
    if (auto ended = xom::server::run_node(options); !ended) {
      std::cerr << "xom-node: " << ended.error().message << std::endl;
      return 1;
    }
  } catch (const std::exception& e) {
    std::cerr << "xom-node: stopped by a fault of the program: " << e.what() << std::endl;
    return 3;
  }
  return 0;
}
