// What only members can see to be wrong: each gives a typed error, and the state that refused goes
// on with what is right.
#include <algorithm>
#include <functional>

#include "protocol/mls/message_protection.h"
#include "tests/protocol/mls/crew.h"
#include "tests/protocol/mls/sealed_change.h"
#include "tests/support/faulty_commit.h"

namespace xom::mls {
namespace {

using test::Lies;
using test::stored_secret;
using testing::Crew;

// An update commit that lies: all of it is right that a delivery service can check.
PublicMessage lying_commit(Crew& crew, std::size_t liar, const Lies& lies) {
  auto made = test::lying_commit(lies, crew.group(liar), {}, no_policy(), crew.by(liar));
  EXPECT_TRUE(made) << made.error().message;
  return std::move(made->commit);
}

Result<Group::Processed> shown(Crew& crew, std::size_t reader, const PublicMessage& commit) {
  return crew.group(reader).process({commit}, crew.psks, no_policy());
}
// From outside nothing is to be seen.
void expect_public_pass(Crew& crew, const PublicMessage& commit) {
  auto staged = crew.group(0).public_group().stage(without_tag(commit), no_policy());
  EXPECT_TRUE(staged) << staged.error().message;
}

TEST(GroupRefusal, HonestHandMadeCommitPasses) {
  Crew crew(4);
  const PublicMessage commit = lying_commit(crew, 1, {});
  for (std::size_t reader : {0U, 2U, 3U}) {
    auto processed = shown(crew, reader, commit);
    EXPECT_TRUE(processed) << processed.error().message;
  }
}

TEST(GroupRefusal, WrongConfirmationTag) {
  Crew crew(4);
  const PublicMessage commit = lying_commit(crew, 1, {.tag = [](Bytes& tag) { tag[5] ^= 1; }});
  expect_public_pass(crew, commit);
  for (std::size_t reader : {0U, 2U, 3U}) {
    EXPECT_EQ(shown(crew, reader, commit).error().code, ErrorCode::kBadSignature);
  }
  crew.accept(2, crew.commit(2, {}));
}

TEST(GroupRefusal, WrongMembershipTag) {
  Crew crew(3);
  PublicMessage commit = lying_commit(crew, 1, {});
  commit.membership_tag[31] ^= 1;
  expect_public_pass(crew, commit);
  EXPECT_EQ(shown(crew, 0, commit).error().code, ErrorCode::kBadSignature);
  auto proposed = crew.group(1).propose({Remove{LeafIndex{2}}}, {}, crew.by(1));
  ASSERT_TRUE(proposed);
  proposed->message.membership_tag.clear();
  EXPECT_EQ(shown(crew, 0, proposed->message).error().code, ErrorCode::kBadSignature);
  crew.accept(2, crew.commit(2, {}));
}

TEST(GroupRefusal, PathThatIsCorruptForOneMember) {
  Crew crew(4);
  crew.accept(2, crew.commit(2, {}));
  auto sent = crew.group(1).encrypt(view_of("a"), {}, crew.by(1));
  ASSERT_TRUE(sent);
  // The lowest node of the path of member 1 is sealed to member 0 alone.
  const PublicMessage commit =
      lying_commit(crew, 1, {.path = [](UpdatePath& path) {
                     testing::change(path.nodes[0].encrypted_path_secret,
                                     [](auto& sealed) { sealed[0].ciphertext[0] ^= 1; });
                   }});
  expect_public_pass(crew, commit);
  EXPECT_EQ(shown(crew, 0, commit).error().code, ErrorCode::kBadSignature);
  EXPECT_TRUE(crew.group(0).decrypt(sent->message));
  for (std::size_t reader : {2U, 3U}) {
    auto processed = shown(crew, reader, commit);
    ASSERT_TRUE(processed) << processed.error().message;
    crew[reader].group = std::move(processed->next);
  }
  EXPECT_EQ(to_hex(crew.group(2).epoch_authenticator()),
            to_hex(crew.group(3).epoch_authenticator()));
  // The one who was shut out comes in again over its own leaf, and the others follow.
  auto joined = Group::join_external(crew.group(2).group_info(crew[2].key),
                                     {.identity = crew[0].identity,
                                      .leaf_extensions = {},
                                      .remove = crew.group(0).self(),
                                      .authenticated_data = {}},
                                     no_policy(), crew.by(0));
  ASSERT_TRUE(joined) << joined.error().message;
  auto followed = shown(crew, 3, joined->commit);
  ASSERT_TRUE(followed) << followed.error().message;
  EXPECT_EQ(to_hex(followed->next->epoch_authenticator()),
            to_hex(joined->next.epoch_authenticator()));
}

TEST(GroupRefusal, GarbageInAWelcome) {
  Crew crew(3);
  const std::size_t newcomer = crew.outsider();
  auto made = crew.commit(0, {crew.add(newcomer)});
  ASSERT_TRUE(made);
  const NewKeyPackage& package = *crew[newcomer].package;
  const auto join = [&](const std::function<void(Welcome&)>& change) {
    Welcome welcome = *made->welcome;
    change(welcome);
    auto joined = Group::join(welcome, package.key_package, package.secrets, crew.psks);
    return joined ? std::nullopt : std::optional(joined.error().code);
  };
  const auto sealed = [](Welcome& w) -> HpkeCiphertext& {
    return w.secrets[0].encrypted_group_secrets;
  };
  EXPECT_EQ(join([](Welcome&) {}), std::nullopt);
  EXPECT_EQ(join([](Welcome& w) { w.encrypted_group_info[9] ^= 1; }), ErrorCode::kBadSignature);
  EXPECT_EQ(join([](Welcome& w) { w.encrypted_group_info.clear(); }), ErrorCode::kBadSignature);
  EXPECT_EQ(join([&](Welcome& w) { sealed(w).ciphertext[0] ^= 1; }), ErrorCode::kBadSignature);
  EXPECT_EQ(join([&](Welcome& w) { sealed(w).kem_output.assign(32, 0); }), ErrorCode::kMalformed);
  EXPECT_EQ(join([](Welcome& w) { w.secrets[0].new_member[0] ^= 1; }), ErrorCode::kNotFound);
  EXPECT_EQ(join([](Welcome& w) { w.secrets.clear(); }), ErrorCode::kNotFound);
  EXPECT_EQ(join([](Welcome& w) { w.cipher_suite = 1; }), ErrorCode::kMalformed);
}

TEST(GroupRefusal, WelcomeWithThePrivateKeysOfAnotherPackage) {
  Crew crew(2);
  const std::size_t newcomer = crew.outsider();
  const std::size_t other = crew.outsider();
  auto made = crew.commit(0, {crew.add(newcomer)});
  ASSERT_TRUE(made);
  const auto& package = crew[newcomer].package->key_package;
  const KeyPackageSecrets& right = crew[newcomer].package->secrets;
  const KeyPackageSecrets& wrong = crew[other].package->secrets;
  const auto join = [&](const Secret& init, const Secret& encryption) {
    return Group::join(*made->welcome, package, {init.clone(), encryption.clone()}, crew.psks);
  };
  EXPECT_TRUE(join(right.init_key, right.encryption_key));
  EXPECT_EQ(join(wrong.init_key, right.encryption_key).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(join(right.init_key, wrong.encryption_key).error().code, ErrorCode::kMalformed);
}

TEST(GroupRefusal, GarbageExternalPub) {
  Crew crew(3);
  const std::size_t outsider = crew.outsider();
  const auto enter = [&](Bytes external_pub) {
    GroupInfo info = crew.group(1).group_info(crew[1].key);
    for (Extension& extension : info.extensions) {
      if (extension.type == static_cast<std::uint16_t>(ExtensionType::kExternalPub)) {
        extension.data = external_pub;
      }
    }
    info.sign(crew[1].key);
    return Group::join_external(info,
                                {.identity = crew[outsider].identity,
                                 .leaf_extensions = {},
                                 .remove = {},
                                 .authenticated_data = {}},
                                no_policy(), crew.by(outsider));
  };
  EXPECT_EQ(enter({}).error().code, ErrorCode::kMalformed);
  Bytes zeros(33, 0);
  zeros[0] = 32;
  EXPECT_EQ(enter(zeros).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(enter(Bytes{3, 1, 2, 3}).error().code, ErrorCode::kMalformed);
  // A key, but not the group's: the joiner cannot know it, the members do.
  Output foreign;
  foreign.vector(crypto::HpkeKeyPair::generate(crew.random).public_key);
  auto joined = enter(std::move(foreign).take());
  ASSERT_TRUE(joined) << joined.error().message;
  expect_public_pass(crew, joined->commit);
  for (std::size_t reader : {0U, 1U, 2U}) {
    EXPECT_EQ(shown(crew, reader, joined->commit).error().code, ErrorCode::kBadSignature);
  }
  crew.accept(2, crew.commit(2, {}));
}

// A member knows everybody's ratchets, but has only its own signing key.
TEST(GroupRefusal, MessageInAnothersNameUsesUpNothing) {
  Crew crew(3);
  const Group& liar = crew.group(2);
  std::vector<Record> records = liar.records();
  const auto nodes = std::ranges::find_if(
      records, [](const Record& record) { return record.key.kind == RecordKind::kSecrets; });
  auto ratchets = SecretTree::read_nodes(liar.public_group().tree().size(), nodes->value.view());
  ASSERT_TRUE(ratchets);
  const GroupContext& context = liar.public_group().context();
  const auto content = sign_content(
      WireFormat::kPrivateMessage,
      {context.group_id, context.epoch, {SenderType::kMember, 1}, {}, ApplicationData{{1, 2}}},
      crew[2].key, context);
  auto forged = protect_private(content, stored_secret(liar, 0), *ratchets, 0, crew.random);
  ASSERT_TRUE(forged);
  EXPECT_EQ(crew.group(0).decrypt_in_place(*forged).error().code, ErrorCode::kBadSignature);
  auto sent = crew.group(1).encrypt(view_of("a"), {}, crew.by(1));
  ASSERT_TRUE(sent);
  auto read = crew.group(0).decrypt_in_place(sent->message);
  EXPECT_TRUE(read) << read.error().message;
}

TEST(GroupRefusal, OtherMessagesAreNoHandshakes) {
  Crew crew(2);
  auto sent = crew.group(1).encrypt(view_of("a"), {}, crew.by(1));
  ASSERT_TRUE(sent);
  for (const Message& message : {Message{sent->message}, Message{crew[1].package->key_package},
                                 Message{crew.group(1).group_info(crew[1].key)}}) {
    EXPECT_EQ(crew.group(0).process(message, crew.psks, no_policy()).error().code,
              ErrorCode::kMalformed);
  }
}

}  // namespace
}  // namespace xom::mls
