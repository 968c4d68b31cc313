#include <CLI/CLI.hpp>
#include <iostream>

#include "protocol/trust/enrolment.h"
#include "protocol/trust/log_ids.h"
#include "tools/xom/codes.h"
#include "tools/xom/options.h"

namespace xom::tools {
namespace {

const std::map<std::string, trust::Office> kOffices{{"cell-leader", trust::Office::kCellLeader},
                                                    {"area-officer", trust::Office::kAreaOfficer},
                                                    {"duty-officer", trust::Office::kDutyOfficer},
                                                    {"publisher", trust::Office::kPublisher},
                                                    {"approver", trust::Office::kApprover}};

struct OfficeOptions {
  NodeOptions node;
  AuthorityOptions authority;
  std::string office;
  std::vector<std::string> units;
  std::string name;
  std::string page;
  std::string account;
  int days = 0;
  bool pending = false;
  bool yes = false;
  bool no_qr = false;
};

// Units that are written wrong would give an office for nothing.
Result<void> check_units(const trust::Verifier& tree, const NodeId& self,
                         const std::vector<std::string>& units) {
  const auto known = tree.units(self);
  for (const std::string& unit : units)
    if (std::none_of(known.begin(), known.end(),
                     [&](const trust::Unit& u) { return u.unit == unit; }))
      return fail(ErrorCode::kNotFound,
                  "this node has no unit \"" + unit + "\": see its file of units, and xom units");
  return {};
}

Result<void> invite(const OfficeOptions& options) {
  auto office = open_office(options.node, options.authority);
  if (!office) return std::unexpected(office.error());
  auto root = root_of(*office->node, office->authority);
  if (!root) return std::unexpected(root.error());
  auto tree = read_tree(*office->node, trust::root_fingerprint(*root));
  if (!tree) return std::unexpected(tree.error());
  const auto self = office->authority.public_key_as<AuthorityKey>();
  if (auto known = check_units(*tree, self, options.units); !known) return known;
  const auto one_time = crypto::SigningKey::generate(crypto::system_random());
  const trust::Invitation invitation{self,
                                     one_time.public_key_as<OneTimeKey>(),
                                     kOffices.at(options.office),
                                     options.units,
                                     options.name,
                                     days_from_now(options.days == 0 ? 14 : options.days)};
  const Bytes statement = trust::sign_value(invitation, office->authority);
  auto submitted = office->node->submit(statement);
  if (!submitted) return std::unexpected(submitted.error());
  std::string page = options.page.empty() ? options.node.url : options.page;
  // The node's address may have been given as that of its WebSocket; browsers want its pages.
  if (page.starts_with("ws")) page.replace(0, 2, "http");
  if (!page.ends_with('/')) page += '/';
  const std::string link =
      invitation_link(page, trust::root_fingerprint(*root), one_time, statement);
  std::cout << link << "\n";
  if (!options.no_qr) {
    auto code = qr_for_terminal(link);
    if (!code) return std::unexpected(code.error());
    std::cout << *code;
  }
  std::cerr << "For \"" << options.name
            << "\" only, and once. When it was used: xom appoint --pending.\n";
  return {};
}

Result<void> sign_appointment(Office& office, const trust::Appointment& appointment) {
  const Bytes statement = trust::sign_value(appointment, office.authority);
  auto submitted = office.node->submit(statement);
  if (!submitted) return std::unexpected(submitted.error());
  std::cout << "appointed " << trust::name_of(appointment.office) << " \"" << appointment.name
            << "\" " << appointment.account.hex() << "\n";
  return {};
}

Result<void> appoint_one(const OfficeOptions& options) {
  auto bytes = from_hex(options.account);
  auto account = bytes ? AccountKey::from(*bytes) : fail(ErrorCode::kMalformed, "");
  if (!account) return fail(ErrorCode::kMalformed, "--account wants 64 hexadecimal digits");
  auto office = open_office(options.node, options.authority);
  if (!office) return std::unexpected(office.error());
  const auto self = office->authority.public_key_as<AuthorityKey>();
  const TimeMs expires = options.days == 0 ? TimeMs{0} : days_from_now(options.days);
  return sign_appointment(*office, {self, *account, kOffices.at(options.office), options.units,
                                    options.name, office->node->node_time(), expires});
}

Result<void> appoint_pending(const OfficeOptions& options) {
  auto office = open_office(options.node, options.authority);
  if (!office) return std::unexpected(office.error());
  const auto self = office->authority.public_key_as<AuthorityKey>();
  auto pending = office->node->pending();
  if (!pending) return std::unexpected(pending.error());
  std::size_t found = 0;
  for (const wire::PendingItem& item : pending->items()) {
    auto statement = trust::Statement::decode(view_of(item.offer()));
    if (!statement || statement->kind != trust::Kind::kInvitation || item.requests_size() == 0)
      continue;
    auto invitation = trust::open_signed_by<trust::Invitation>(*statement, self.view());
    if (!invitation) continue;
    auto request = trust::verify_office_request(view_of(item.requests(0)), *invitation);
    if (!request) {
      std::cerr << "left out: " << request.error().message << "\n";
      continue;
    }
    ++found;
    const trust::Invitation& meant = invitation->value;
    std::cout << trust::name_of(meant.office) << " \"" << meant.name << "\"";
    for (const std::string& unit : meant.units) std::cout << " " << unit;
    std::cout << "\n  calls themselves \"" << request->value.name << "\"\n  account "
              << request->value.account.hex() << "\n";
    if (!confirmed("Appoint?", options.yes)) continue;
    const TimeMs expires = options.days == 0 ? TimeMs{0} : days_from_now(options.days);
    auto signed_ =
        sign_appointment(*office, {self, request->value.account, meant.office, meant.units,
                                   meant.name, office->node->node_time(), expires});
    if (!signed_) return signed_;
  }
  if (found == 0) std::cout << "nobody waits for an appointment\n";
  return {};
}

}  // namespace

void add_office_commands(CLI::App& app, Action& action) {
  auto* give = app.add_subcommand("invite", "Print a link with which one person takes an office");
  auto invited = std::make_shared<OfficeOptions>();
  invited->node.add(*give);
  invited->authority.add(*give);
  give->add_option("--office", invited->office, "What they become")
      ->required()
      ->check(CLI::IsMember(kOffices));
  give->add_option("--unit", invited->units,
                   "Id of a unit, e.g. kp1/to5; may be repeated; none: the whole node");
  give->add_option("--name", invited->name, "Name of the person, as on the badge")
      ->required()
      ->check(kWords);
  give->add_option("--page", invited->page, "Address of the pages, if not --node");
  give->add_option("--days", invited->days, "How long the link can be used (default 14)")
      ->check(CLI::Range(1, 90));
  give->add_flag("--no-qr", invited->no_qr, "Print the link alone");
  give->callback([=, &action] { action = [=] { return invite(*invited); }; });

  auto* sign = app.add_subcommand(
      "appoint", "Sign appointments: of who has answered an invitation, or of one account");
  auto appointed = std::make_shared<OfficeOptions>();
  appointed->node.add(*sign);
  appointed->authority.add(*sign);
  auto* all =
      sign->add_flag("--pending", appointed->pending, "Everybody who has answered an invitation");
  auto* one = sign->add_option("--account", appointed->account, "Public key of one account");
  auto* office = sign->add_option("--office", appointed->office, "With --account: as in invite")
                     ->check(CLI::IsMember(kOffices))
                     ->needs(one);
  sign->add_option("--unit", appointed->units, "With --account: as in invite")->needs(one);
  auto* name = sign->add_option("--name", appointed->name,
                                "With --account: name of the person, as on the badge")
                   ->check(kWords)
                   ->needs(one);
  sign->add_option("--days", appointed->days, "How long the office lasts (default: until revoked)")
      ->check(CLI::Range(1, 3660));
  sign->add_flag("--yes", appointed->yes, "With --pending: do not ask for each");
  one->excludes(all)->needs(name)->needs(office);
  sign->callback([=, &action] {
    if (!appointed->pending && appointed->account.empty())
      throw CLI::RequiredError("--pending or --account");
    action = [=] {
      return appointed->pending ? appoint_pending(*appointed) : appoint_one(*appointed);
    };
  });
}

}  // namespace xom::tools
