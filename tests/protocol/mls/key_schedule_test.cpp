#include "protocol/mls/key_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/crypto/aead.h"
#include "protocol/mls/transcript_hash.h"
#include "tests/protocol/mls/samples.h"
#include "tests/protocol/mls/vectors.h"
#include "tests/support/seeded_random.h"

namespace xom::mls {
namespace {

using testing::hex;

Bytes bytes_of(const Secret& secret) { return {secret.view().begin(), secret.view().end()}; }

TEST(KeySchedule, EverySecretOfEveryEpochIsTheWorkingGroups) {
  XOM_VECTORS_OR_SKIP(cases, suite_cases, "key-schedule.json");
  for (const auto& test : cases) {
    GroupContext context;
    context.group_id = hex(test, "group_id");
    Secret init(hex(test, "initial_init_secret"));
    std::uint64_t number = 0;
    for (const auto& epoch : test.at("epochs").as_array()) {
      context.epoch = Epoch{number++};
      context.tree_hash = hex(epoch, "tree_hash");
      context.confirmed_transcript_hash = hex(epoch, "confirmed_transcript_hash");
      ASSERT_EQ(encode(context), hex(epoch, "group_context"));
      const Secret psk(hex(epoch, "psk_secret"));
      const Secret joiner = joiner_secret(init, Secret(hex(epoch, "commit_secret")), context);
      EXPECT_EQ(bytes_of(joiner), hex(epoch, "joiner_secret"));
      EXPECT_EQ(bytes_of(welcome_secret(joiner.view(), psk)), hex(epoch, "welcome_secret"));
      EpochSecrets secrets = epoch_secrets(joiner.view(), psk, context);
      EXPECT_EQ(bytes_of(secrets.init), hex(epoch, "init_secret"));
      EXPECT_EQ(bytes_of(secrets.sender_data), hex(epoch, "sender_data_secret"));
      EXPECT_EQ(bytes_of(secrets.encryption), hex(epoch, "encryption_secret"));
      EXPECT_EQ(bytes_of(secrets.exporter), hex(epoch, "exporter_secret"));
      EXPECT_EQ(bytes_of(secrets.epoch_authenticator), hex(epoch, "epoch_authenticator"));
      EXPECT_EQ(bytes_of(secrets.external), hex(epoch, "external_secret"));
      EXPECT_EQ(bytes_of(secrets.confirmation_key), hex(epoch, "confirmation_key"));
      EXPECT_EQ(bytes_of(secrets.membership_key), hex(epoch, "membership_key"));
      EXPECT_EQ(bytes_of(secrets.resumption_psk), hex(epoch, "resumption_psk"));
      EXPECT_EQ(external_key_pair(secrets.external).public_key, hex(epoch, "external_pub"));
      const auto& exporter = epoch.at("exporter");
      Bytes exported(testing::number(exporter, "length"));
      export_secret(secrets.exporter, exporter.at("label").as_string().c_str(),
                    hex(exporter, "context"), exported);
      EXPECT_EQ(exported, hex(exporter, "secret"));
      init = std::move(secrets.init);
    }
  }
}

TEST(KeySchedule, PreSharedKeysAreChainedAsTheWorkingGroupDoes) {
  XOM_VECTORS_OR_SKIP(cases, suite_cases, "psk_secret.json");
  for (const auto& test : cases) {
    std::vector<Psk> psks;
    for (const auto& psk : test.at("psks").as_array()) {
      Psk next;
      next.id.id = hex(psk, "psk_id");
      next.id.nonce = hex(psk, "psk_nonce");
      next.value = std::make_shared<const crypto::SecretBytes>(ByteView(hex(psk, "psk")));
      psks.push_back(std::move(next));
    }
    EXPECT_EQ(bytes_of(psk_secret(psks)), hex(test, "psk_secret")) << psks.size();
  }
}

// 12.4.3.1, as far as the key schedule goes.
TEST(KeySchedule, AWelcomeOpensUpToItsConfirmationTag) {
  XOM_VECTORS_OR_SKIP(cases, suite_cases, "welcome.json");
  for (const auto& test : cases) {
    const auto message = read_message(hex(test, "welcome"));
    const auto package = read_message(hex(test, "key_package"));
    ASSERT_TRUE(message && package);
    const auto& welcome = std::get<Welcome>(message->value);
    const Hash reference = std::get<KeyPackage>(package->value).reference();
    const auto entry = std::ranges::find_if(welcome.secrets, [&](const auto& secrets) {
      return std::ranges::equal(secrets.new_member, reference.bytes);
    });
    ASSERT_NE(entry, welcome.secrets.end());
    const auto opened =
        decrypt_with_label(hex(test, "init_priv"), "Welcome", welcome.encrypted_group_info,
                           entry->encrypted_group_secrets);
    ASSERT_TRUE(opened) << opened.error().message;
    const auto secrets = GroupSecrets::open_plaintext(opened->view());
    ASSERT_TRUE(secrets) << secrets.error().message;
    const ByteView joiner = secrets->joiner_secret.view();
    const WelcomeKey key = welcome_key(welcome_secret(joiner, psk_secret({})));
    const auto plaintext =
        crypto::aead_open(key.key.view(), key.nonce, {}, welcome.encrypted_group_info);
    ASSERT_TRUE(plaintext) << plaintext.error().message;
    const auto info = decode<GroupInfo>(plaintext->view());
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_TRUE(info->verify_signature(hex(test, "signer_pub")));
    const EpochSecrets epoch = epoch_secrets(joiner, psk_secret({}), info->group_context);
    EXPECT_EQ(
        confirmation_tag(epoch.confirmation_key, info->group_context.confirmed_transcript_hash),
        info->confirmation_tag);
  }
}

TEST(KeySchedule, BothEndsOfAnExternalInitHaveOneSecretAndNobodyElse) {
  test::SeededRandom random(1);
  const EpochSecrets epoch = first_epoch_secrets(random);
  const auto sent = send_external_init(external_key_pair(epoch.external).public_key, random);
  ASSERT_TRUE(sent);
  const auto received = receive_external_init(epoch.external, sent->kem_output);
  ASSERT_TRUE(received);
  EXPECT_EQ(bytes_of(sent->init_secret), bytes_of(*received));
  const auto elsewhere = receive_external_init(epoch.init, sent->kem_output);
  ASSERT_TRUE(elsewhere);
  EXPECT_NE(bytes_of(sent->init_secret), bytes_of(*elsewhere));

  EXPECT_EQ(send_external_init(Bytes(31, 9), random).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(send_external_init(Bytes(32), random).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(receive_external_init(epoch.external, Bytes(32)).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(receive_external_init(epoch.external, {}).error().code, ErrorCode::kMalformed);
}

TEST(KeySchedule, TheOrderOfPreSharedKeysAndEachOfThemMatters) {
  const auto psk = [](std::uint8_t id, std::uint8_t value) {
    Psk out;
    out.id.id = Bytes(4, id);
    out.id.nonce = Bytes(32, id);
    out.value = std::make_shared<const crypto::SecretBytes>(ByteView(Bytes(16, value)));
    return out;
  };
  const Bytes both = bytes_of(psk_secret({psk(1, 1), psk(2, 2)}));
  EXPECT_NE(both, bytes_of(psk_secret({psk(2, 2), psk(1, 1)})));
  EXPECT_NE(both, bytes_of(psk_secret({psk(1, 1), psk(2, 3)})));
  EXPECT_NE(both, bytes_of(psk_secret({psk(1, 1)})));
  EXPECT_EQ(bytes_of(psk_secret({})), Bytes(32));
}

}  // namespace
}  // namespace xom::mls
