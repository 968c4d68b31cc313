#include "protocol/mls/framing.h"
#include "tests/protocol/fuzz/agreement.h"
#include "tests/protocol/fuzz/targets.h"
#include "tests/protocol/mls/samples.h"

namespace xom::fuzz {

namespace {

using namespace mls;  // the structures are many

template <class T>
bool structure(ByteView input) {
  const auto value = decode<T>(input);
  if (!value) return false;
  require(same(encode(*value), input));
  require(*value == *value);
  return true;
}

// What whoever receives one does next.
void use(const KeyPackage& package) {
  (void)package.reference();
  (void)package.check();
}
void use(const GroupInfo& info) {
  (void)info.verify_signature(testing::sample_key().public_key_as<DeviceKey>().view());
}
void use(const LeafNode& leaf) {
  (void)leaf.verify_signature(testing::sample_place());
  (void)check_leaf(leaf, leaf.source, leaf.extensions);
  (void)check_lifetime_span(leaf.lifetime);
}
template <class T>
void use(const T&) {}

bool message(ByteView input) {
  const auto value = read_message(input);
  if (!value) return false;
  require(same(encode(*value), input));
  std::visit([](const auto& part) { use(part); }, value->value);
  return true;
}
bool leaf(ByteView input) {
  const auto value = decode<LeafNode>(input);
  if (value) use(*value);
  return structure<LeafNode>(input);
}

using Reader = bool (*)(ByteView);
constexpr Reader kReaders[] = {
    message,
    structure<AuthenticatedContent>,
    structure<GroupContext>,
    leaf,
    structure<Commit>,
    structure<Proposal>,
    structure<RequiredCapabilities>,
    structure<Credential>,
};

template <class T>
void add(std::vector<Seed>& seeds, std::uint8_t reader, std::string name, const T& value) {
  Bytes bytes{reader};
  const Bytes body = encode(value);
  bytes.insert(bytes.end(), body.begin(), body.end());
  seeds.push_back({std::move(name), std::move(bytes)});
}

}  // namespace

bool wire(ByteView input) {
  if (input.empty()) return false;
  return kReaders[input[0] % std::size(kReaders)](input.subspan(1));
}

bool group_secrets(ByteView input) {
  const auto secrets = GroupSecrets::open_plaintext(input);
  if (!secrets) return false;
  require(same(secrets->seal_plaintext().view(), input));
  return true;
}

std::vector<Seed> wire_seeds() {
  std::vector<Seed> seeds;
  int number = 0;
  for (const Message& m : testing::sample_messages()) {
    add(seeds, 0, "message-" + std::to_string(number++), m);
  }
  add(seeds, 1, "authenticated-content",
      AuthenticatedContent{WireFormat::kPrivateMessage,
                           testing::sample_content(ContentType::kApplication),
                           {Bytes(64, 1), {}}});
  add(seeds, 2, "group-context", testing::sample_context());
  for (const auto source :
       {LeafNodeSource::kKeyPackage, LeafNodeSource::kUpdate, LeafNodeSource::kCommit}) {
    add(seeds, 3, "leaf-" + std::to_string(raw(source)), testing::sample_leaf(source));
  }
  add(seeds, 4, "commit-without-path", Commit{});
  for (const Proposal& proposal : testing::sample_proposals()) {
    add(seeds, 5, "proposal-" + std::to_string(raw(proposal.type())), proposal);
  }
  add(seeds, 5, "proposal-psk", Proposal{PreSharedKey{testing::sample_psk(PskType::kExternal)}});
  add(seeds, 6, "required-capabilities", RequiredCapabilities{{0xF0A1}, {1}, {1, 2}});
  add(seeds, 7, "x509", Credential{raw(CredentialType::kX509), {}, {{1, 2}, {3}}});
  LeafNode demanding = testing::sample_leaf(LeafNodeSource::kUpdate);
  demanding.extensions.push_back(
      {raw(ExtensionType::kRequiredCapabilities), encode(RequiredCapabilities{{1}, {1}, {1}})});
  add(seeds, 3, "leaf-demanding", demanding);
  return seeds;
}

std::vector<Seed> group_secrets_seeds() {
  std::vector<Seed> seeds;
  for (const bool with_path : {false, true}) {
    const auto plaintext = testing::sample_group_secrets(with_path).seal_plaintext();
    const ByteView bytes = plaintext.view();
    seeds.push_back({with_path ? "with-path" : "without-path", {bytes.begin(), bytes.end()}});
  }
  return seeds;
}

}  // namespace xom::fuzz
