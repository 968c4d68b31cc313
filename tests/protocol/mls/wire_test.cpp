// Every wire structure: what is written is read as the same value, and nothing shorter, longer or
// over a limit is read at all.
#include <gtest/gtest.h>

#include "protocol/mls/limits.h"
#include "tests/protocol/mls/samples.h"

namespace xom::mls {
namespace {

using namespace testing;

template <class T>
ErrorCode refusal(ByteView bytes) {
  const auto value = decode<T>(bytes);
  return value ? ErrorCode{} : value.error().code;
}
// How `value` is refused once it is written.
template <class T>
ErrorCode refusal_of(const T& value) {
  return refusal<T>(encode(value));
}

template <class T>
void travels(const T& value) {
  const Bytes bytes = encode(value);
  const auto again = decode<T>(bytes);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(*again == value);
  EXPECT_EQ(encode(*again), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_EQ(refusal<T>(ByteView(bytes).first(size)), ErrorCode::kMalformed) << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_EQ(refusal<T>(longer), ErrorCode::kMalformed);
}

TEST(Wire, EveryStructureIsReadAsItWasWrittenAndNoPartOfIt) {
  for (const auto source :
       {LeafNodeSource::kKeyPackage, LeafNodeSource::kUpdate, LeafNodeSource::kCommit}) {
    travels(sample_leaf(source));
  }
  travels(Credential{raw(CredentialType::kX509), {}, {Bytes(3, 1), Bytes{}}});
  travels(RequiredCapabilities{{1, 0xF0A1}, {}, {1}});
  travels(sample_key_package());
  for (const Proposal& proposal : sample_proposals()) travels(proposal);
  travels(sample_psk(PskType::kExternal));
  travels(sample_commit());
  travels(Commit{});
  travels(sample_context());
  travels(sample_group_info());
  travels(sample_welcome());
  for (const auto type :
       {ContentType::kApplication, ContentType::kProposal, ContentType::kCommit}) {
    travels(sample_content(type));
    travels(AuthenticatedContent{WireFormat::kPrivateMessage,
                                 sample_content(type),
                                 {Bytes(64, 1), Bytes(type == ContentType::kCommit ? 32 : 0, 2)}});
  }
  for (const Message& message : sample_messages()) travels(message);
}

TEST(Wire, GroupSecretsAreReadAsTheyWereWrittenAndNoPartOfThem) {
  for (const bool with_path : {false, true}) {
    const GroupSecrets secrets = sample_group_secrets(with_path);
    const crypto::SecretBytes bytes = secrets.seal_plaintext();
    const auto again = GroupSecrets::open_plaintext(bytes.view());
    ASSERT_TRUE(again);
    EXPECT_EQ(to_hex(again->joiner_secret.view()), to_hex(secrets.joiner_secret.view()));
    ASSERT_EQ(again->path_secret.has_value(), with_path);
    if (with_path) {
      EXPECT_EQ(to_hex(again->path_secret->view()), to_hex(secrets.path_secret->view()));
    }
    EXPECT_TRUE(again->psks == secrets.psks);
    EXPECT_EQ(to_hex(again->seal_plaintext().view()), to_hex(bytes.view()));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(GroupSecrets::open_plaintext(bytes.view().first(size)));
    }
    Bytes longer(bytes.view().begin(), bytes.view().end());
    longer.push_back(0);
    EXPECT_EQ(GroupSecrets::open_plaintext(longer).error().code, ErrorCode::kMalformed);
  }
  Bytes presence{0, 2, 0};  // 2.1.1
  EXPECT_EQ(GroupSecrets::open_plaintext(presence).error().code, ErrorCode::kMalformed);
  presence[1] = 0;
  EXPECT_TRUE(GroupSecrets::open_plaintext(presence));
}

// The sample with one field at its limit is read; with one byte more it is refused.
template <class T, class Field>
void bounded(const T& sample, Field field, std::size_t limit = kMaxField) {
  T value = sample;
  field(value) = Bytes(limit, 1);
  EXPECT_TRUE(decode<T>(encode(value)));
  field(value).push_back(1);
  EXPECT_EQ(refusal_of(value), ErrorCode::kTooLarge);
}

TEST(Wire, AFieldOverItsLimitIsRefused) {
  const LeafNode leaf = sample_leaf(LeafNodeSource::kCommit);
  bounded(leaf, [](LeafNode& l) -> Bytes& { return l.encryption_key; });
  bounded(leaf, [](LeafNode& l) -> Bytes& { return l.signature_key; });
  bounded(leaf, [](LeafNode& l) -> Bytes& { return l.credential.identity; });
  bounded(leaf, [](LeafNode& l) -> Bytes& { return l.parent_hash; });
  bounded(leaf, [](LeafNode& l) -> Bytes& { return l.extensions[0].data; });
  bounded(leaf, [](LeafNode& l) -> Bytes& { return l.signature; });
  bounded(sample_key_package(), [](KeyPackage& p) -> Bytes& { return p.init_key; });
  bounded(sample_key_package(), [](KeyPackage& p) -> Bytes& { return p.signature; });
  const auto resumption = sample_psk(PskType::kResumption);
  bounded(sample_psk(PskType::kExternal), [](PreSharedKeyId& i) -> Bytes& { return i.id; });
  bounded(resumption, [](PreSharedKeyId& i) -> Bytes& { return i.group_id; });
  bounded(resumption, [](PreSharedKeyId& i) -> Bytes& { return i.nonce; });
  bounded(sample_proposals()[4],
          [](Proposal& p) -> Bytes& { return std::get<ReInit>(p.value).group_id; });
  bounded(sample_proposals()[5],
          [](Proposal& p) -> Bytes& { return std::get<ExternalInit>(p.value).kem_output; });
  bounded(sample_commit(), [](Commit& c) -> Bytes& { return c.path->nodes[0].encryption_key; });
  bounded(sample_context(), [](GroupContext& c) -> Bytes& { return c.group_id; });
  bounded(sample_context(), [](GroupContext& c) -> Bytes& { return c.tree_hash; });
  bounded(sample_context(), [](GroupContext& c) -> Bytes& { return c.confirmed_transcript_hash; });
  bounded(sample_group_info(), [](GroupInfo& i) -> Bytes& { return i.confirmation_tag; });
  bounded(sample_group_info(), [](GroupInfo& i) -> Bytes& { return i.signature; });
  bounded(sample_welcome(), [](Welcome& w) -> Bytes& { return w.secrets[0].new_member; });
  const PublicMessage commit = sample_public(ContentType::kCommit);
  bounded(commit, [](PublicMessage& m) -> Bytes& { return m.content.group_id; });
  bounded(commit, [](PublicMessage& m) -> Bytes& { return m.auth.signature; });
  bounded(commit, [](PublicMessage& m) -> Bytes& { return m.auth.confirmation_tag; });
  bounded(commit, [](PublicMessage& m) -> Bytes& { return m.membership_tag; });
  const auto sealed = std::get<PrivateMessage>(sample_messages()[5].value);
  bounded(sealed, [](PrivateMessage& m) -> Bytes& { return m.encrypted_sender_data; });
}

TEST(Wire, OnlyWhatMayFillAMessageMayBeAsLongAsOne) {
  bounded(
      sample_content(ContentType::kApplication),
      [](FramedContent& c) -> Bytes& { return c.authenticated_data; }, kMaxMessageBytes);
  bounded(
      sample_content(ContentType::kApplication),
      [](FramedContent& c) -> Bytes& { return std::get<ApplicationData>(c.content).data; },
      kMaxMessageBytes);
  bounded(
      sample_welcome(), [](Welcome& w) -> Bytes& { return w.encrypted_group_info; },
      kMaxMessageBytes);
  const auto sealed = std::get<PrivateMessage>(sample_messages()[5].value);
  bounded(sealed, [](PrivateMessage& m) -> Bytes& { return m.ciphertext; }, kMaxMessageBytes);
  const Extension tree{raw(ExtensionType::kRatchetTree), Bytes(kMaxField + 1, 0)};
  EXPECT_TRUE(decode<Extension>(encode(tree)));
  EXPECT_EQ(refusal_of(Extension{tree.type, Bytes(kMaxMessageBytes + 1, 0)}), ErrorCode::kTooLarge);
  // As a whole, before anything of it is read.
  EXPECT_EQ(read_message(Bytes(kMaxMessageBytes + 1, 0)).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(read_message(Bytes(kMaxMessageBytes, 0)).error().code, ErrorCode::kUnsupportedVersion);
}

TEST(Wire, AListOverItsLimitIsRefused) {
  LeafNode leaf = sample_leaf(LeafNodeSource::kUpdate);
  leaf.extensions.clear();
  for (std::uint16_t type = 100; leaf.extensions.size() < kMaxExtensions; ++type) {
    leaf.extensions.push_back({type, {}});
  }
  EXPECT_TRUE(decode<LeafNode>(encode(leaf)));
  leaf.extensions.push_back({99, {}});
  EXPECT_EQ(refusal_of(leaf), ErrorCode::kTooLarge);

  leaf = sample_leaf(LeafNodeSource::kUpdate);
  leaf.capabilities.proposals.assign(kMaxItems, 0x0A0A);
  EXPECT_TRUE(decode<LeafNode>(encode(leaf)));
  leaf.capabilities.proposals.push_back(1);
  EXPECT_EQ(refusal_of(leaf), ErrorCode::kTooLarge);

  Credential chain{raw(CredentialType::kX509), {}, std::vector<Bytes>(kMaxItems)};
  EXPECT_TRUE(decode<Credential>(encode(chain)));
  chain.certificates.emplace_back();
  EXPECT_FALSE(decode<Credential>(encode(chain)));

  Commit commit;
  commit.proposals.assign(kMaxCommitProposals, {Proposal{Remove{}}});
  EXPECT_TRUE(decode<Commit>(encode(commit)));
  commit.proposals.push_back({Hash{}});
  EXPECT_EQ(refusal_of(commit), ErrorCode::kTooLarge);

  UpdatePath path{sample_leaf(LeafNodeSource::kCommit), {}};
  path.nodes.resize(kMaxPathNodes);
  EXPECT_TRUE(decode<UpdatePath>(encode(path)));
  path.nodes.emplace_back();
  EXPECT_EQ(refusal_of(path), ErrorCode::kTooLarge);
  path.nodes.assign(1, {});
  std::vector<HpkeCiphertext> sealed(kMaxItems);
  path.nodes[0].encrypted_path_secret = SealedSecrets(sealed);
  EXPECT_TRUE(decode<UpdatePath>(encode(path)));
  sealed.emplace_back();
  path.nodes[0].encrypted_path_secret = SealedSecrets(sealed);
  EXPECT_EQ(refusal_of(path), ErrorCode::kTooLarge);

  Welcome welcome;
  welcome.secrets.resize(kMaxItems + 1);
  EXPECT_EQ(refusal_of(welcome), ErrorCode::kTooLarge);

  GroupSecrets secrets;
  secrets.psks.resize(kMaxItems + 1);
  EXPECT_EQ(GroupSecrets::open_plaintext(secrets.seal_plaintext().view()).error().code,
            ErrorCode::kTooLarge);
  secrets.psks.clear();
  secrets.joiner_secret = crypto::SecretBytes(kMaxField + 1);
  EXPECT_EQ(GroupSecrets::open_plaintext(secrets.seal_plaintext().view()).error().code,
            ErrorCode::kTooLarge);
  secrets.joiner_secret = crypto::SecretBytes(1);
  secrets.path_secret = crypto::SecretBytes(kMaxField + 1);
  EXPECT_EQ(GroupSecrets::open_plaintext(secrets.seal_plaintext().view()).error().code,
            ErrorCode::kTooLarge);
}

// 13.4; in each of the places where a list of extensions stands.
TEST(Wire, AnExtensionThatStandsTwiceIsRefused) {
  const Extensions twice{{0x0A0A, {}}, {7, {1}}, {0x0A0A, {2}}};
  LeafNode leaf = sample_leaf(LeafNodeSource::kUpdate);
  leaf.extensions = twice;
  EXPECT_EQ(refusal_of(leaf), ErrorCode::kMalformed);
  KeyPackage package = sample_key_package();
  package.extensions = twice;
  EXPECT_EQ(refusal_of(package), ErrorCode::kMalformed);
  GroupContext context = sample_context();
  context.extensions = twice;
  EXPECT_EQ(refusal_of(context), ErrorCode::kMalformed);
  GroupInfo info = sample_group_info();
  info.extensions = twice;
  EXPECT_EQ(refusal_of(info), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of(Proposal{GroupContextExtensions{twice}}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of(Proposal{ReInit{{}, 1, 3, twice}}), ErrorCode::kMalformed);
  EXPECT_TRUE(decode<Proposal>(encode(Proposal{GroupContextExtensions{{twice[0], twice[1]}}})));
}

}  // namespace
}  // namespace xom::mls
