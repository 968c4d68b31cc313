#include <CLI/CLI.hpp>
#include <iostream>

#include "protocol/trust/enrolment.h"
#include "tools/xom/options.h"

namespace xom::tools {
namespace {

// The grant of an item and the request that answers it; nothing if the item is of another kind or
// does not verify.
struct Asked {
  trust::EnrolmentGrant grant;
  trust::EnrolmentRequest request;
};

Result<Asked> read_item(const wire::PendingItem& item, const NodeId& self) {
  auto statement = trust::Statement::decode(view_of(item.offer()));
  if (!statement) return std::unexpected(statement.error());
  if (statement->kind != trust::Kind::kEnrolmentGrant)
    return fail(ErrorCode::kNotFound, "not a grant");
  if (item.requests_size() == 0) return fail(ErrorCode::kNotFound, "not answered yet");
  // Whether the code was used in time is for the node that took the request: the administrator may
  // sign later.
  auto grant = trust::open_signed_by<trust::EnrolmentGrant>(*statement, self.view());
  if (!grant) return std::unexpected(grant.error());
  auto request = trust::verify_enrolment_request(view_of(item.requests(0)), *grant);
  if (!request) return std::unexpected(request.error());
  return Asked{grant->value, request->value};
}

Result<void> certify(const NodeOptions& node, const AuthorityOptions& authority, bool yes) {
  auto office = open_office(node, authority);
  if (!office) return std::unexpected(office.error());
  const auto self = office->authority.public_key_as<AuthorityKey>();
  auto pending = office->node->pending();
  if (!pending) return std::unexpected(pending.error());
  std::size_t found = 0;
  std::size_t done = 0;
  for (const wire::PendingItem& item : pending->items()) {
    auto asked = read_item(item, self);
    if (!asked) {
      if (asked.error().code != ErrorCode::kNotFound)
        std::cerr << "left out: " << asked.error().message << "\n";
      continue;
    }
    ++found;
    std::cout << asked->grant.level << " \"" << asked->grant.name << "\"\n  authority "
              << asked->request.authority.hex() << "\n  node key  " << asked->request.node_key.hex()
              << "\n";
    if (!confirmed("Certify it?", yes)) continue;
    const trust::Certificate certificate{self,
                                         asked->request.authority,
                                         asked->request.node_key,
                                         asked->grant.name,
                                         asked->grant.level,
                                         office->node->node_time(),
                                         TimeMs{0}};
    const Bytes statement = trust::sign_value(certificate, office->authority);
    auto submitted = office->node->submit(statement);
    if (!submitted) return std::unexpected(submitted.error());
    ++done;
  }
  std::cout << found << " asked, " << done << " certified\n";
  return {};
}

}  // namespace

void add_certify_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "certify", "On the parent: look at what children have asked for, and sign");
  auto node = std::make_shared<NodeOptions>();
  auto authority = std::make_shared<AuthorityOptions>();
  auto yes = std::make_shared<bool>(false);
  node->add(*command);
  authority->add(*command);
  command->add_flag("--pending")->description("All that wait (there is no other choice yet)");
  command->add_flag("--yes", *yes, "Do not ask for each");
  command->callback([=, &action] { action = [=] { return certify(*node, *authority, *yes); }; });
}

}  // namespace xom::tools
