#include "protocol/mls/message_protection.h"

#include <gtest/gtest.h>

#include "protocol/crypto/aead.h"
#include "protocol/mls/limits.h"
#include "protocol/mls/sender_data.h"
#include "tests/protocol/mls/samples.h"
#include "tests/protocol/mls/vectors.h"
#include "tests/support/seeded_random.h"

namespace xom::mls {
namespace {

using testing::hex;

template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode{} : result.error().code;
}

// Two members; number 1 sends.
struct Epoch1 {
  crypto::SigningKey signer = testing::sample_key();
  Bytes public_key = bytes(signer.public_key_as<Hash>());
  GroupContext context = testing::sample_context();
  Secret encryption{Bytes(32, 1)}, sender_data{Bytes(32, 2)}, membership{Bytes(32, 3)};
  test::SeededRandom random{4};

  static Bytes bytes(const Hash& hash) { return {hash.bytes.begin(), hash.bytes.end()}; }
  [[nodiscard]] SecretTree tree() const { return {TreeSize{2}, encryption}; }
  [[nodiscard]] FramedContent content(decltype(FramedContent::content) value) const {
    return {context.group_id, context.epoch, {SenderType::kMember, 1}, Bytes{9}, std::move(value)};
  }
  [[nodiscard]] AuthenticatedContent sign(WireFormat format, FramedContent value) const {
    auto out = sign_content(format, std::move(value), signer, context);
    if (out.content.type() == ContentType::kCommit) out.auth.confirmation_tag = Bytes(32, 5);
    return out;
  }
  [[nodiscard]] PrivateMessage seal(SecretTree& tree, std::string_view text,
                                    std::size_t block = kPaddingBlock) {
    const ByteView view = view_of(text);
    return protect_private(sign(WireFormat::kPrivateMessage,
                                content(ApplicationData{Bytes(view.begin(), view.end())})),
                           sender_data, tree, block, random)
        .value();
  }
};

// What the working group's file says of one content, in both wire formats and both directions.
void check_vector(Epoch1& epoch, const boost::json::value& test, const std::string& name,
                  const decltype(FramedContent::content)& value) {
  const auto priv = read_message(hex(test, (name + "_priv").c_str()));
  ASSERT_TRUE(priv) << priv.error().message;
  SecretTree tree = epoch.tree();
  const auto opened =
      unprotect_private(std::get<PrivateMessage>(priv->value), epoch.sender_data, tree);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(opened->content.content == value);
  EXPECT_EQ(opened->content.sender, (Sender{SenderType::kMember, 1}));
  EXPECT_TRUE(verify_content(*opened, epoch.public_key, epoch.context));

  const auto mine = epoch.sign(WireFormat::kPrivateMessage, epoch.content(value));
  SecretTree sending = epoch.tree();
  SecretTree receiving = epoch.tree();
  const auto sealed = protect_private(mine, epoch.sender_data, sending, 32, epoch.random);
  ASSERT_TRUE(sealed);
  const auto again = unprotect_private(*sealed, epoch.sender_data, receiving);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, mine);
  EXPECT_TRUE(verify_content(*again, epoch.public_key, epoch.context));
  if (name == "application") return;

  const auto pub = read_message(hex(test, (name + "_pub").c_str()));
  ASSERT_TRUE(pub) << pub.error().message;
  const auto clear =
      unprotect_public(std::get<PublicMessage>(pub->value), epoch.membership, epoch.context);
  ASSERT_TRUE(clear) << clear.error().message;
  EXPECT_TRUE(clear->content.content == value);
  EXPECT_TRUE(verify_content(*clear, epoch.public_key, epoch.context));
  const auto own = epoch.sign(WireFormat::kPublicMessage, epoch.content(value));
  const auto back = unprotect_public(protect_public(own, epoch.membership, epoch.context),
                                     epoch.membership, epoch.context);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, own);
}

TEST(MessageProtection, TheWorkingGroupsMessagesOpenAndOursDo) {
  XOM_VECTORS_OR_SKIP(cases, suite_cases, "message-protection.json");
  for (const auto& test : cases) {
    Epoch1 epoch;
    epoch.signer =
        crypto::SigningKey::from_seed(ByteView(hex(test, "signature_priv")).first(32)).value();
    epoch.public_key = hex(test, "signature_pub");
    epoch.context = GroupContext();
    epoch.context.group_id = hex(test, "group_id");
    epoch.context.epoch = Epoch{testing::number(test, "epoch")};
    epoch.context.tree_hash = hex(test, "tree_hash");
    epoch.context.confirmed_transcript_hash = hex(test, "confirmed_transcript_hash");
    epoch.encryption = Secret(hex(test, "encryption_secret"));
    epoch.sender_data = Secret(hex(test, "sender_data_secret"));
    epoch.membership = Secret(hex(test, "membership_key"));
    check_vector(epoch, test, "proposal", decode<Proposal>(hex(test, "proposal")).value());
    check_vector(epoch, test, "commit", decode<Commit>(hex(test, "commit")).value());
    check_vector(epoch, test, "application", ApplicationData{hex(test, "application")});
  }
}

// 6
TEST(MessageProtection, ApplicationDataInTheClearIsReadByNobody) {
  const Epoch1 epoch;
  const auto content = epoch.sign(WireFormat::kPublicMessage, epoch.content(ApplicationData{{1}}));
  const Message message{protect_public(content, epoch.membership, epoch.context)};
  EXPECT_EQ(code_of(read_message(encode(message))), ErrorCode::kMalformed);
}

// 6.1
TEST(MessageProtection, ASignatureCoversFormatContentAndTheMembersContext) {
  const Epoch1 epoch;
  const auto good =
      epoch.sign(WireFormat::kPublicMessage, testing::sample_content(ContentType::kProposal));
  ASSERT_TRUE(verify_content(good, epoch.public_key, epoch.context));
  const auto refused = [&](const AuthenticatedContent& content, const GroupContext& context) {
    return code_of(verify_content(content, epoch.public_key, context)) == ErrorCode::kBadSignature;
  };
  AuthenticatedContent changed = good;
  changed.wire_format = WireFormat::kPrivateMessage;
  EXPECT_TRUE(refused(changed, epoch.context));
  changed = good;
  changed.content.authenticated_data.push_back(0);
  EXPECT_TRUE(refused(changed, epoch.context));
  GroupContext other = epoch.context;
  other.tree_hash[0] ^= 1;
  EXPECT_TRUE(refused(good, other));
  EXPECT_EQ(code_of(verify_content(
                good, Epoch1::bytes(testing::sample_key(2).public_key_as<Hash>()), epoch.context)),
            ErrorCode::kBadSignature);

  // The context is part of what a joiner's commit signs, and of no other stranger's message.
  const auto with = [&](ContentType type, SenderType sender) {
    return epoch.sign(WireFormat::kPublicMessage, testing::sample_content(type, sender));
  };
  EXPECT_TRUE(refused(with(ContentType::kCommit, SenderType::kNewMemberCommit), other));
  EXPECT_FALSE(refused(with(ContentType::kProposal, SenderType::kExternal), other));
  EXPECT_FALSE(refused(with(ContentType::kProposal, SenderType::kNewMemberProposal), other));
}

// 6.2
TEST(MessageProtection, AMembershipTagCoversContentSignatureAndContext) {
  const Epoch1 epoch;
  const PublicMessage good = protect_public(
      epoch.sign(WireFormat::kPublicMessage, testing::sample_content(ContentType::kCommit)),
      epoch.membership, epoch.context);
  ASSERT_EQ(good.membership_tag.size(), 32U);
  ASSERT_TRUE(unprotect_public(good, epoch.membership, epoch.context));
  const auto refused = [&](auto change) {
    PublicMessage bad = good;
    change(bad);
    return code_of(unprotect_public(bad, epoch.membership, epoch.context)) ==
           ErrorCode::kBadSignature;
  };
  EXPECT_TRUE(refused([](auto& m) { m.membership_tag[31] ^= 1; }));
  EXPECT_TRUE(refused([](auto& m) { m.membership_tag.pop_back(); }));
  EXPECT_TRUE(refused([](auto& m) { m.membership_tag.clear(); }));
  EXPECT_TRUE(refused([](auto& m) { m.content.authenticated_data.push_back(0); }));
  EXPECT_TRUE(refused([](auto& m) { m.auth.signature[0] ^= 1; }));
  EXPECT_TRUE(refused([](auto& m) { m.auth.confirmation_tag[0] ^= 1; }));
  EXPECT_EQ(code_of(unprotect_public(good, Secret(Bytes(32, 4)), epoch.context)),
            ErrorCode::kBadSignature);
  GroupContext other = epoch.context;
  other.epoch = Epoch{raw(other.epoch) + 1};
  EXPECT_EQ(code_of(unprotect_public(good, epoch.membership, other)), ErrorCode::kBadSignature);

  // Strangers hold no membership key.
  const PublicMessage stranger = protect_public(
      epoch.sign(WireFormat::kPublicMessage,
                 testing::sample_content(ContentType::kCommit, SenderType::kNewMemberCommit)),
      epoch.membership, epoch.context);
  EXPECT_TRUE(stranger.membership_tag.empty());
  EXPECT_TRUE(unprotect_public(stranger, epoch.membership, epoch.context));
}

// 6.3
TEST(MessageProtection, AForgedMessageChangesNothingAndCostsNoKey) {
  Epoch1 epoch;
  SecretTree sending = epoch.tree();
  SecretTree tree = epoch.tree();
  const SecretTree before = tree;
  const PrivateMessage good = epoch.seal(sending, "chào");
  const auto refused = [&](auto change) {
    PrivateMessage bad = good;
    change(bad);
    return code_of(unprotect_private(bad, epoch.sender_data, tree));
  };
  const ErrorCode unopened = ErrorCode::kBadSignature;
  EXPECT_EQ(refused([](auto& m) { m.ciphertext.back() ^= 1; }), unopened);   // its tag
  EXPECT_EQ(refused([](auto& m) { m.ciphertext.front() ^= 1; }), unopened);  // its sample
  EXPECT_EQ(refused([](auto& m) { m.ciphertext.resize(40); }), unopened);
  EXPECT_EQ(refused([](auto& m) { m.ciphertext.clear(); }), unopened);
  EXPECT_EQ(refused([](auto& m) { m.encrypted_sender_data[0] ^= 1; }), unopened);
  EXPECT_EQ(refused([](auto& m) { m.encrypted_sender_data.clear(); }), unopened);
  EXPECT_EQ(refused([](auto& m) { m.authenticated_data.push_back(0); }), unopened);
  EXPECT_EQ(refused([](auto& m) { m.group_id.push_back(0); }), unopened);
  EXPECT_EQ(refused([](auto& m) { m.epoch = Epoch{raw(m.epoch) + 1}; }), unopened);
  EXPECT_EQ(refused([](auto& m) { m.content_type = ContentType::kProposal; }), unopened);
  EXPECT_TRUE(tree.changed_since(before).empty());
  EXPECT_FALSE(tree.nodes_changed_since(before));
  ASSERT_TRUE(unprotect_private(good, epoch.sender_data, tree));
  EXPECT_EQ(code_of(unprotect_private(good, epoch.sender_data, tree)), ErrorCode::kNotFound);
}

// A member that lies: whatever is sealed in its own name, with the right key.
class Liar : public ::testing::Test {
 protected:
  Result<AuthenticatedContent> open(SenderData data, ByteView plaintext,
                                    ContentType type = ContentType::kApplication) {
    PrivateMessage message{epoch.context.group_id, epoch.context.epoch, type, {}, {}, {}};
    SecretTree sending = epoch.tree();
    const auto key =
        sending.next(LeafIndex{1}, type == ContentType::kApplication ? RatchetType::kApplication
                                                                     : RatchetType::kHandshake);
    Output aad;
    aad.vector(message.group_id);
    aad.u64(raw(message.epoch));
    aad.u8(raw(type));
    aad.vector({});
    message.ciphertext =
        crypto::aead_seal(key->key.view(), key->nonce.view(), aad.view(), plaintext);
    message.encrypted_sender_data = seal_sender_data(data, message, epoch.sender_data);
    return unprotect_private(message, epoch.sender_data, tree);
  }
  void TearDown() override {
    EXPECT_TRUE(tree.changed_since(before).empty());
    EXPECT_FALSE(tree.nodes_changed_since(before));
  }
  Epoch1 epoch;
  SecretTree before = epoch.tree();
  SecretTree tree = before;
  SenderData honest{LeafIndex{1}, 0, {}};
};

TEST_F(Liar, PaddingIsZero) {
  Bytes plaintext = {1, 'a', 0};  // data, and a signature of no bytes
  SecretTree unchanged = tree;
  EXPECT_TRUE(open(honest, plaintext));
  tree = unchanged;
  plaintext.resize(20);
  EXPECT_TRUE(open(honest, plaintext));
  tree = unchanged;
  for (std::size_t at = 3; at < plaintext.size(); ++at) {
    Bytes bad = plaintext;
    bad[at] = 0x80;
    EXPECT_EQ(code_of(open(honest, bad)), ErrorCode::kMalformed) << at;
  }
}

TEST_F(Liar, ContentThatDoesNotParseIsMalformed) {
  EXPECT_EQ(code_of(open(honest, {})), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(open(honest, Bytes{5, 'a'})), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(open(honest, Bytes{0, 1}, ContentType::kProposal)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(open(honest, Bytes{1, 'a', 0}, ContentType::kCommit)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(open(honest, Bytes{1, 'a', 0}, ContentType{4})), ErrorCode::kMalformed);
}

TEST_F(Liar, SendersAndGenerationsOutOfReachAreRefused) {
  const Bytes plaintext = {1, 'a', 0};
  EXPECT_EQ(code_of(open({LeafIndex{2}, 0, {}}, plaintext)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(open({LeafIndex{1}, kMaxSkippedGenerations + 1, {}}, plaintext)),
            ErrorCode::kTooLarge);
  EXPECT_EQ(code_of(open({LeafIndex{1}, 0xFFFFFFFF, {}}, plaintext)), ErrorCode::kTooLarge);
  EXPECT_EQ(code_of(open({LeafIndex{0}, 0, {}}, plaintext)), ErrorCode::kBadSignature);
  EXPECT_EQ(code_of(open({LeafIndex{1}, 0, {0, 0, 0, 1}}, plaintext)), ErrorCode::kBadSignature);
}

// 6.3.1
TEST(MessageProtection, AStateThatCameBackDoesNotUseANonceTwice) {
  Epoch1 epoch;
  SecretTree once = epoch.tree();
  SecretTree restored = epoch.tree();
  const PrivateMessage a = epoch.seal(once, "giống nhau");
  const PrivateMessage b = epoch.seal(restored, "giống nhau");
  const auto data_a = open_sender_data(a, epoch.sender_data);
  const auto data_b = open_sender_data(b, epoch.sender_data);
  ASSERT_TRUE(data_a && data_b);
  EXPECT_EQ(data_a->generation, data_b->generation);
  EXPECT_NE(data_a->reuse_guard, data_b->reuse_guard);
  EXPECT_NE(a.ciphertext, b.ciphertext);
}

TEST(MessageProtection, PaddingHidesTheLength) {
  Epoch1 epoch;
  SecretTree tree = epoch.tree();
  const std::size_t size = epoch.seal(tree, "").ciphertext.size();
  EXPECT_EQ(size % kPaddingBlock, crypto::kAeadTag);
  EXPECT_EQ(epoch.seal(tree, "có").ciphertext.size(), size);
  EXPECT_EQ(epoch.seal(tree, "", 0).ciphertext.size() + 1,
            epoch.seal(tree, "a", 0).ciphertext.size());
}

TEST(MessageProtection, OnlyMembersSealAndOnlyWhatOthersRead) {
  Epoch1 epoch;
  SecretTree tree = epoch.tree();
  const SecretTree before = tree;
  auto stranger = epoch.sign(WireFormat::kPrivateMessage, epoch.content(ApplicationData{{1}}));
  stranger.content.sender = {SenderType::kExternal, 0};
  EXPECT_EQ(code_of(protect_private(stranger, epoch.sender_data, tree, 0, epoch.random)),
            ErrorCode::kNotPermitted);
  auto outside = epoch.sign(WireFormat::kPrivateMessage, epoch.content(ApplicationData{{1}}));
  outside.content.sender.index = 2;
  EXPECT_EQ(code_of(protect_private(outside, epoch.sender_data, tree, 0, epoch.random)),
            ErrorCode::kMalformed);
  const auto large = epoch.sign(WireFormat::kPrivateMessage,
                                epoch.content(ApplicationData{Bytes(kMaxMessageBytes - 200)}));
  EXPECT_EQ(code_of(protect_private(large, epoch.sender_data, tree, 0, epoch.random)),
            ErrorCode::kTooLarge);
  EXPECT_TRUE(tree.changed_since(before).empty());
  const auto largest = epoch.sign(WireFormat::kPrivateMessage,
                                  epoch.content(ApplicationData{Bytes(kMaxMessageBytes - 512)}));
  const auto sealed = protect_private(largest, epoch.sender_data, tree, 0, epoch.random);
  ASSERT_TRUE(sealed);
  EXPECT_TRUE(read_message(encode(Message{*sealed})));
}

}  // namespace
}  // namespace xom::mls
