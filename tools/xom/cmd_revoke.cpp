#include <CLI/CLI.hpp>
#include <iostream>

#include "federation/frames.h"
#include "protocol/trust/authority.h"
#include "protocol/trust/log_ids.h"
#include "protocol/trust/verified.h"
#include "tools/xom/options.h"

namespace xom::tools {
namespace {

struct RevokeOptions {
  NodeOptions node;
  AuthorityOptions authority;
  std::string account;
  std::string child;
  std::string reason;
  bool yes = false;
};

struct Ending {
  StatementId statement;
  std::string what;
};

// What this authority has signed for that account or child and has not ended yet.
Result<std::vector<Ending>> find(NodeClient& node, const NodeId& self, ByteView subject) {
  auto entries = node.read_log(trust::official_log(self), Seq{0});
  if (!entries) return std::unexpected(entries.error());
  std::vector<Ending> found;
  for (const wire::Entry& entry : *entries) {
    auto statement = trust::Statement::decode(view_of(entry.payload()));
    if (!statement) continue;
    if (auto a = trust::open_self_signed<trust::Appointment>(*statement);
        a && a->value.issuer == self && std::ranges::equal(a->value.account.view(), subject))
      found.push_back(
          {a->id, std::string(trust::name_of(a->value.office)) + " \"" + a->value.name + "\""});
    if (auto c = trust::open_self_signed<trust::Certificate>(*statement);
        c && c->value.issuer == self && std::ranges::equal(c->value.authority.view(), subject))
      found.push_back({c->id, "certificate of \"" + c->value.name + "\""});
    if (auto r = trust::open_self_signed<trust::Revocation>(*statement);
        r && r->value.issuer == self)
      std::erase_if(found, [&](const Ending& e) { return e.statement == r->value.statement; });
  }
  return found;
}

Result<void> revoke(const RevokeOptions& options) {
  auto subject = from_hex(options.account.empty() ? options.child : options.account);
  if (!subject || subject->size() != 32)
    return fail(ErrorCode::kMalformed, "a key has 64 hexadecimal digits");
  auto office = open_office(options.node, options.authority);
  if (!office) return std::unexpected(office.error());
  const auto self = office->authority.public_key_as<AuthorityKey>();
  if (std::ranges::equal(self.view(), *subject))
    return fail(ErrorCode::kNotPermitted, "a node cannot revoke itself");
  auto found = find(*office->node, self, *subject);
  if (!found) return std::unexpected(found.error());
  if (found->empty())
    return fail(ErrorCode::kNotFound, "this authority has nothing in force for that key");
  for (const Ending& ending : *found) {
    if (!confirmed("Revoke " + ending.what + "? This cannot be undone.", options.yes)) continue;
    const Bytes statement = trust::sign_value(
        trust::Revocation{self, ending.statement, options.reason}, office->authority);
    auto submitted = office->node->submit(statement);
    if (!submitted) return std::unexpected(submitted.error());
    std::cout << "revoked " << ending.what << "\n";
  }
  return {};
}

}  // namespace

void add_revoke_command(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("revoke", "End the offices of an account, or the certificate of a child");
  auto options = std::make_shared<RevokeOptions>();
  options->node.add(*command);
  options->authority.add(*command);
  auto* group = command->add_option_group("whom");
  group->add_option("--account", options->account, "Public key of the account");
  group->add_option("--child", options->child, "Authority key of the child");
  group->require_option(1);
  command->add_option("--reason", options->reason, "Why; it is public")->required();
  command->add_flag("--yes", options->yes, "Do not ask");
  command->callback([=, &action] { action = [=] { return revoke(*options); }; });
}

}  // namespace xom::tools
