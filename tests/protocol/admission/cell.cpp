#include "tests/protocol/admission/cell.h"

#include "protocol/mls/message_protection.h"

namespace xom::admission::test {

namespace {

constexpr std::uint64_t kNowSeconds = 1'700'000'000;

mls::Extension extension(mls::ExtensionType type, Bytes data) {
  return {static_cast<std::uint16_t>(type), std::move(data)};
}

Bytes copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

crypto::SigningKey device_key(std::string_view person, int device) {
  if (device == 0) return key_named(std::string(person) + "/device");
  return key_named(std::string(person) + "/device/" + std::to_string(device));
}

Bytes list_of(const Person& person, std::uint64_t version, const std::vector<DeviceKey>& devices) {
  trust::DeviceList list;
  list.account = person.id();
  list.version = version;
  list.devices = devices;
  return trust::sign_value(list, person.account);
}

Device device_of(std::string_view name, int device, std::uint64_t version) {
  Person person(name);
  crypto::SigningKey key = device_key(name, device);
  Bytes list = list_of(person, version, {key.public_key_as<DeviceKey>()});
  return {std::move(person), std::move(key), std::move(list)};
}

mls::Extensions leaf_extensions(const Bytes& list, std::optional<StatementId> voucher) {
  const LeafFacts facts{list, voucher};
  return {extension(mls::ExtensionType::kLeafFacts, facts.encode())};
}

CommitData with_proofs(std::vector<AddProof> proofs, TimeMs time) {
  CommitData data;
  data.proofs = std::move(proofs);
  data.committer_time = time;
  return data;
}

mls::Proposal add(const mls::NewKeyPackage& key_package) {
  return mls::Proposal{mls::Add{key_package.key_package}};
}

mls::Proposal remove(mls::LeafIndex leaf) { return mls::Proposal{mls::Remove{leaf}}; }

Cell::Cell() {
  Device leader = device_of("leader");
  GroupRules rules;
  rules.version = 1;
  rules.authority = authority.public_key_as<AuthorityKey>();
  rules.unit = "kp1/to5";
  rules.leaders = {leader.person.id()};
  const Bytes id(32, 7);
  const AccountKey account = leader.person.id();
  const mls::FoundOptions options{
      .group_id = id,
      .identity = account.view(),
      .leaf_extensions = leaf_extensions(leader.list, std::nullopt),
      .context_extensions = {extension(mls::ExtensionType::kPolicy, rules.encode())},
      .lifetime = {kNowSeconds - 3600, kNowSeconds + 3600}};
  mls::Group group = mls::Group::found(options, {leader.key, random});
  members.push_back({std::move(leader), std::move(group)});
}

trust::Voucher Cell::voucher(const VoucherTerms& terms) const {
  trust::Voucher v;
  v.group = LogId::from(group().context().group_id).value();
  v.key = key_named(terms.one_time).public_key_as<OneTimeKey>();
  v.most_devices = terms.most_devices;
  v.issued_epoch = terms.issued;
  v.expires = terms.expires;
  v.inviter = Person(terms.inviter).id();
  return v;
}

mls::NewKeyPackage Cell::key_package(const Device& device, std::optional<StatementId> voucher,
                                     std::uint64_t lifetime_seconds) {
  mls::KeyPackageOptions options;
  options.identity = copy(device.person.id().view());
  options.leaf_extensions = leaf_extensions(device.list, voucher);
  options.lifetime = {kNowSeconds, kNowSeconds + lifetime_seconds};
  return mls::make_key_package(device.key, options, random);
}

Newcomer Cell::newcomer(const Device& device, const VoucherTerms& terms,
                        std::optional<StatementId> carried, std::uint64_t lifetime_seconds) {
  const Person inviter(terms.inviter);
  AddProof proof;
  proof.voucher = trust::make_voucher(voucher(terms), inviter.device, inviter.list());
  const StatementId id = trust::Statement::decode(proof.voucher)->id();
  mls::NewKeyPackage package = key_package(device, carried.value_or(id), lifetime_seconds);
  proof.key_package.bytes = package.key_package.reference().bytes;
  const trust::JoinRequest request{LogId::from(group().context().group_id).value(), id,
                                   proof.key_package, device.person.id()};
  proof.join_request = trust::make_join_request(request, key_named(terms.one_time));
  return {std::move(package), std::move(proof), id};
}

Result<void> Cell::judge(const mls::PublicGroup& before, const mls::PublicMessage& commit) const {
  const auto staged = before.stage(mls::without_tag(commit), GroupPolicy{});
  if (!staged) return std::unexpected(staged.error());
  return {};
}

Cell::Attempt Cell::attempt(const mls::Group& by, const Device& device,
                            std::vector<mls::Proposal> proposals, const CommitData& data,
                            std::optional<mls::Extensions> leaf, bool include_pending) {
  mls::CommitOptions options;
  options.proposals = std::move(proposals);
  options.include_pending = include_pending;
  options.force_path = leaf.has_value();
  options.leaf_extensions = std::move(leaf);
  options.authenticated_data = data.encode();
  auto made = by.commit(options, mls::no_psks(), mls::no_policy(), {device.key, random});
  EXPECT_TRUE(made.has_value()) << made.error().message;
  Result<void> judged = judge(by.public_group(), made->commit);
  return {std::move(*made), std::move(judged)};
}

Cell::Reentry Cell::reenter(const Device& device, mls::LeafIndex removed,
                            std::optional<StatementId> voucher) {
  const AccountKey account = device.person.id();
  const mls::GroupInfo info = members[0].group.group_info(members[0].device.key);
  const mls::Group::External options{.identity = account.view(),
                                     .leaf_extensions = leaf_extensions(device.list, voucher),
                                     .remove = removed,
                                     .authenticated_data = with_proofs({}).encode()};
  auto joined = mls::Group::join_external(info, options, mls::no_policy(), {device.key, random});
  EXPECT_TRUE(joined.has_value()) << joined.error().message;
  Result<void> judged = judge(group(), joined->commit);
  return {std::move(*joined), std::move(judged)};
}

void Cell::take(const mls::Group::Made& made, std::size_t committer) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i == committer) {
      members[i].group = made.next;
      continue;
    }
    const mls::Message message{made.commit};
    auto processed = members[i].group.process(message, mls::no_psks(), mls::no_policy());
    ASSERT_TRUE(processed.has_value()) << processed.error().message;
    if (processed->next) members[i].group = std::move(*processed->next);
  }
}

namespace {

mls::Group enter(const mls::Group::Made& made, const mls::NewKeyPackage& key_package) {
  auto joined = mls::Group::join(made.welcome.value(), key_package.key_package, key_package.secrets,
                                 mls::no_psks());
  EXPECT_TRUE(joined.has_value()) << joined.error().message;
  EXPECT_TRUE(check_entered(joined->public_group()).has_value());
  return std::move(*joined);
}

}  // namespace

void Cell::admit(Device device, const Newcomer& newcomer) {
  Attempt attempted = attempt(members[0].group, members[0].device, {add(newcomer.key_package)},
                              with_proofs({newcomer.proof}));
  ASSERT_TRUE(attempted.judged.has_value()) << attempted.judged.error().message;
  mls::Group group = enter(attempted.made, newcomer.key_package);
  take(attempted.made, 0);
  members.push_back({std::move(device), std::move(group)});
}

std::size_t Cell::admit(std::string_view person) {
  VoucherTerms terms;
  terms.one_time = "one-time of " + std::string(person);
  Device device = device_of(person);
  const Newcomer comes = newcomer(device, terms);
  admit(std::move(device), comes);
  return members.size() - 1;
}

std::size_t Cell::admit_further(Device device, std::optional<StatementId> voucher) {
  const mls::NewKeyPackage package = key_package(device, voucher);
  Attempt attempted = attempt(members[0].group, members[0].device, {add(package)}, with_proofs({}));
  EXPECT_TRUE(attempted.judged.has_value()) << attempted.judged.error().message;
  mls::Group group = enter(attempted.made, package);
  take(attempted.made, 0);
  members.push_back({std::move(device), std::move(group)});
  return members.size() - 1;
}

mls::Proposal Cell::change(const GroupRules& rules) const {
  return mls::Proposal{
      mls::GroupContextExtensions{{extension(mls::ExtensionType::kPolicy, rules.encode())}}};
}

mls::Proposal Cell::revocation_for(mls::LeafIndex leaf) const {
  return revoke_vouchers_of(group(), {leaf}).value().value();
}

}  // namespace xom::admission::test
