#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/xom/codes.h"
#include "tools/xom/options.h"

namespace xom::tools {
namespace {

std::string hex_of(const std::string& bytes) { return to_hex(view_of(bytes)); }

const char* words(wire::DiskState state) {
  switch (state) {
    case wire::DISK_FINE:
      return "fine";
    case wire::DISK_LOW:
      return "LOW, make space soon";
    case wire::DISK_FULL:
      return "FULL, nothing is stored until there is space";
    case wire::DISK_FAILED:
      return "FAILED, see the node's log";
    default:
      return "not known";
  }
}

Result<void> status(const NodeOptions& node) {
  auto client = node.connect();
  if (!client) return std::unexpected(client.error());
  wire::ClientFrame frame;
  frame.mutable_get_status();
  auto answer = (*client)->call(std::move(frame));
  if (!answer) return std::unexpected(answer.error());
  const wire::Status& s = answer->status();
  std::cout << "version   " << s.version() << "\nnode id   " << hex_of(s.node_id())
            << "\nnode key  " << hex_of(s.node_key()) << "\nsessions  " << s.sessions() << "\n";
  if (s.parent_url().empty())
    std::cout << "parent    none\n";
  else
    std::cout << "parent    " << s.parent_url()
              << (s.parent_connected() ? " (connected)" : " (not connected)") << "\n";
  std::cout << "disk      " << words(s.disk().state()) << ", " << s.disk().free() / (1024 * 1024)
            << " MB free";
  if (s.disk().entries() > 0)
    std::cout << ", store " << s.disk().store() / (1024 * 1024) << " MB, "
              << s.disk().store() / s.disk().entries() << " bytes for each of "
              << s.disk().entries() << " entries (payload "
              << s.disk().payload() / s.disk().entries() << ")";
  std::cout << "\n";
  for (const wire::LogInfo& log : s.logs())
    std::cout << (log.kind() == wire::OFFICIAL ? "official  " : "posts     ") << hex_of(log.node())
              << "  " << log.head().seq() << " entries\n";
  return {};
}

Result<void> draw(const std::string& text) {
  auto code = qr_for_terminal(text);
  if (!code) return std::unexpected(code.error());
  std::cout << *code;
  return {};
}

}  // namespace

void add_status_commands(CLI::App& app, Action& action) {
  auto* show = app.add_subcommand("status", "What a node says about itself");
  auto node = std::make_shared<NodeOptions>();
  node->add(*show);
  show->callback([=, &action] { action = [=] { return status(*node); }; });

  auto* qr = app.add_subcommand("qr", "Draw a QR code in the terminal");
  auto text = std::make_shared<std::string>();
  qr->add_option("text", *text, "What it says")->required()->check(kWords);
  qr->callback([=, &action] { action = [=] { return draw(*text); }; });
}

}  // namespace xom::tools
