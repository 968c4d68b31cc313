#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <thread>

#include "protocol/trust/enrolment.h"
#include "protocol/trust/log_ids.h"
#include "server/config/data_folder.h"
#include "tools/xom/codes.h"
#include "tools/xom/options.h"

namespace xom::tools {
namespace {

struct CodeOptions {
  NodeOptions node;
  AuthorityOptions authority;
  std::string name;
  std::string level;
  std::string public_url;
  int days = 7;
};

struct EnrolOptions {
  std::string data;
  AuthorityOptions authority;
  std::string code;
  std::string ca_file;
  int wait = 600;
};

Result<void> make_code(const CodeOptions& options) {
  auto office = open_office(options.node, options.authority);
  if (!office) return std::unexpected(office.error());
  auto root = root_of(*office->node, office->authority);
  if (!root) return std::unexpected(root.error());
  auto one_time = crypto::SigningKey::generate(crypto::system_random());
  const auto self = office->authority.public_key_as<AuthorityKey>();
  const trust::EnrolmentGrant grant{self, one_time.public_key_as<OneTimeKey>(), options.name,
                                    options.level, days_from_now(options.days)};
  Bytes statement = trust::sign_value(grant, office->authority);
  auto submitted = office->node->submit(statement);
  if (!submitted) return std::unexpected(submitted.error());
  const std::string& url = options.public_url.empty() ? options.node.url : options.public_url;
  const EnrolmentCode code{*root, self, std::move(one_time), std::move(statement), url};
  std::cout << code.text() << "\n";
  std::cerr << "Hand it to the operator of \"" << options.name << "\" only: it works once, for "
            << options.days << " days. When they have used it: xom certify.\n";
  return {};
}

// Has the code been used by us already? Then a repeated command only has to wait.
bool waits_already(NodeClient& parent, const NodeId& self, const NodeKey& key) {
  auto pending = parent.pending();
  if (!pending) return false;
  for (const wire::PendingItem& item : pending->items())
    for (const std::string& request : item.requests()) {
      auto statement = trust::Statement::decode(view_of(request));
      if (!statement || statement->kind != trust::Kind::kEnrolmentRequest) continue;
      auto asked = trust::EnrolmentRequest::decode_body(statement->body);
      if (asked && asked->authority == self && asked->node_key == key) return true;
    }
  return false;
}

Result<void> ask_parent(NodeClient& parent, const EnrolmentCode& code,
                        const server::DataFolder& folder, const crypto::SigningKey& authority) {
  auto grant = trust::verify_grant(code.grant, code.parent, now_ms());
  if (!grant) return std::unexpected(grant.error().during("enrolment code"));
  const trust::EnrolmentRequest request{grant->id, folder.node_id,
                                        folder.node_key.public_key_as<NodeKey>(), now_ms()};
  const Bytes statement =
      trust::make_enrolment_request(request, code.one_time, authority, folder.node_key);
  auto submitted = parent.submit(statement);
  if (submitted) return {};
  if (submitted.error().code != ErrorCode::kSpent ||
      !waits_already(parent, request.authority, request.node_key))
    return std::unexpected(submitted.error());
  return {};
}

Result<void> enrol(const EnrolOptions& options) {
  auto code = EnrolmentCode::parse(options.code);
  if (!code) return std::unexpected(code.error());
  auto folder = server::open_data_folder(options.data);
  if (!folder) return std::unexpected(folder.error());
  auto authority = options.authority.open();
  if (!authority) return std::unexpected(authority.error());
  if (authority->public_key_as<NodeId>() != folder->node_id)
    return fail(ErrorCode::kWrongNode,
                "this authority file is not that of the node in " + options.data);
  auto parent = NodeClient::connect(code->url, options.ca_file);
  if (!parent) return std::unexpected(parent.error());
  if ((*parent)->node_id() != code->parent)
    return fail(ErrorCode::kWrongNode, "another node than the code's answers at " + code->url);
  auto tree = read_tree(**parent, trust::root_fingerprint(code->root));
  if (!tree) return std::unexpected(tree.error());

  const NodeKey key = folder->node_key.public_key_as<NodeKey>();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.wait);
  if (!tree->is_node_key(folder->node_id, key)) {
    if (auto asked = ask_parent(**parent, *code, *folder, *authority); !asked) return asked;
    std::cerr << "Asked. Waiting until the parent's administrator has run `xom certify` …\n";
  }
  while (!tree->is_node_key(folder->node_id, key)) {
    if (std::chrono::steady_clock::now() >= end)
      return fail(
          ErrorCode::kUnavailable,
          "not certified yet: run the same command again later, the code stays good for it");
    std::this_thread::sleep_for(std::chrono::seconds(1));
    if (auto read = refresh_tree(**parent, *tree); !read) return read;
  }
  const server::ParentInfo info{code->url, code->parent, (*parent)->node_key(), code->root,
                                options.ca_file};
  if (auto written = server::write_parent(options.data, info); !written) return written;
  std::cout << "enrolled as \"" << tree->node(folder->node_id)->name << "\" under \""
            << tree->node(code->parent)->name << "\"\n";
  std::cerr << "Start the node, or start it again.\n";
  return {};
}

}  // namespace

void add_enrolment_commands(CLI::App& app, Action& action) {
  auto* give =
      app.add_subcommand("enrol-code", "On the parent: print a one-time code for a new child");
  auto code = std::make_shared<CodeOptions>();
  code->node.add(*give);
  code->authority.add(*give);
  give->add_option("--name", code->name,
                   "Name of the child, e.g. \"Công an phường Tân Chánh Hiệp\"")
      ->required()
      ->check(kWords);
  give->add_option("--level", code->level, "Its level, e.g. \"Phường\"")->required()->check(kWords);
  give->add_option("--public-url", code->public_url,
                   "Where the child reaches this node, if not at --node");
  give->add_option("--days", code->days, "How long it can be used")
      ->check(CLI::Range(1, 90))
      ->capture_default_str();
  give->callback([=, &action] { action = [=] { return make_code(*code); }; });

  auto* take = app.add_subcommand(
      "enrol", "On the child: ask the parent for a certificate, and wait for it");
  auto options = std::make_shared<EnrolOptions>();
  take->add_option("code", options->code, "The code that the parent printed")->required();
  take->add_option("--data", options->data, "The node's data folder")->required();
  options->authority.add(*take);
  take->add_option(
      "--ca", options->ca_file,
      "PEM file of the certificate authority of the parent's TLS, if not the system's");
  take->add_option("--wait", options->wait, "Seconds to wait for the certificate")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  take->callback([=, &action] { action = [=] { return enrol(*options); }; });
}

}  // namespace xom::tools
