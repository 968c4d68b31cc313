// Leaves, key packages and GroupInfos: each check of sections 7.2, 7.3, 10.1 and 12.4.3 lets the
// honest one pass and refuses the other.
#include "protocol/mls/leaf_node.h"

#include <gtest/gtest.h>

#include "protocol/mls/limits.h"
#include "tests/protocol/mls/samples.h"
#include "tests/support/seeded_random.h"

namespace xom::mls {
namespace {

using namespace testing;

constexpr auto kKeyPackage = LeafNodeSource::kKeyPackage;

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

TEST(LeafNode, ASignatureCoversEveryFieldAndThePlace) {
  const LeafNode leaf = sample_leaf(LeafNodeSource::kCommit);
  EXPECT_TRUE(leaf.verify_signature(sample_place()));
  const auto refused = [&](auto change) {
    LeafNode other = leaf;
    change(other);
    return code_of(other.verify_signature(sample_place())) == ErrorCode::kBadSignature;
  };
  EXPECT_TRUE(refused([](LeafNode& l) { l.encryption_key[0] ^= 1; }));
  EXPECT_TRUE(refused([](LeafNode& l) { l.signature_key = l.encryption_key; }));
  EXPECT_TRUE(refused([](LeafNode& l) { l.credential.identity[0] ^= 1; }));
  EXPECT_TRUE(refused([](LeafNode& l) { l.capabilities.versions.push_back(2); }));
  EXPECT_TRUE(refused([](LeafNode& l) { l.source = LeafNodeSource::kUpdate; }));
  EXPECT_TRUE(refused([](LeafNode& l) { l.parent_hash[0] ^= 1; }));
  EXPECT_TRUE(refused([](LeafNode& l) { l.extensions.pop_back(); }));
  EXPECT_TRUE(refused([](LeafNode& l) { l.signature.pop_back(); }));
  const LeafNode::Place other_leaf{sample_place().group_id, LeafIndex{4}};
  EXPECT_EQ(code_of(leaf.verify_signature(other_leaf)), ErrorCode::kBadSignature);
  const LeafNode::Place other_group{{}, sample_place().index};
  EXPECT_EQ(code_of(leaf.verify_signature(other_group)), ErrorCode::kBadSignature);
}

// 7.2: it is made before its place is known.
TEST(LeafNode, TheSignatureOfAKeyPackagesLeafDoesNotCoverItsPlace) {
  LeafNode leaf = sample_leaf(kKeyPackage);
  EXPECT_TRUE(leaf.verify_signature({}));
  leaf.lifetime.not_after += 1;
  EXPECT_EQ(code_of(leaf.verify_signature({})), ErrorCode::kBadSignature);
}

TEST(LeafNode, IsRefusedUnlessItsSourceIsTheExpectedOne) {
  constexpr LeafNodeSource kAll[] = {kKeyPackage, LeafNodeSource::kUpdate, LeafNodeSource::kCommit};
  for (const auto source : kAll) {
    for (const auto expected : kAll) {
      EXPECT_EQ(code_of(check_leaf(sample_leaf(source), expected, {})),
                source == expected ? ErrorCode{} : ErrorCode::kMalformed);
    }
  }
}

TEST(LeafNode, IsRefusedIfItContradictsItself) {
  const auto code = [](auto change) {
    LeafNode leaf = sample_leaf(kKeyPackage);
    change(leaf);
    return code_of(check_leaf(leaf, kKeyPackage, {}));
  };
  EXPECT_EQ(code([](LeafNode&) {}), ErrorCode{});
  EXPECT_EQ(code([](LeafNode& l) { l.encryption_key.pop_back(); }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](LeafNode& l) { l.signature_key.push_back(0); }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](LeafNode& l) { l.credential.type = raw(CredentialType::kX509); }),
            ErrorCode::kUnknownKind);
  EXPECT_EQ(code([](LeafNode& l) { l.capabilities.credentials = {2}; }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](LeafNode& l) { l.capabilities.versions = {2}; }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](LeafNode& l) { l.capabilities.cipher_suites = {1}; }), ErrorCode::kMalformed);
  EXPECT_EQ(code([](LeafNode& l) { l.capabilities.extensions.pop_back(); }), ErrorCode::kMalformed);
  // What all clients support need not be listed.
  EXPECT_EQ(code([](LeafNode& l) { l.extensions.push_back({1, {}}); }), ErrorCode{});
  EXPECT_EQ(code([](LeafNode& l) { l.extensions.push_back({6, {}}); }), ErrorCode::kMalformed);
}

TEST(LeafNode, MustSupportTheExtensionsOfTheGroup) {
  const auto code = [](Extensions context) {
    return code_of(check_leaf(sample_leaf(kKeyPackage), kKeyPackage, context));
  };
  EXPECT_EQ(code({{raw(ExtensionType::kPolicy), {}}, {5, {}}}), ErrorCode{});
  EXPECT_EQ(code({{0xF0FF, {}}}), ErrorCode::kMalformed);
}

TEST(LeafNode, MustHaveTheRequiredCapabilities) {
  const auto code = [](const RequiredCapabilities& required) {
    const Extensions context{{raw(ExtensionType::kRequiredCapabilities), encode(required)}};
    return code_of(check_leaf(sample_leaf(kKeyPackage), kKeyPackage, context));
  };
  EXPECT_EQ(code({}), ErrorCode{});
  EXPECT_EQ(code({{1, 5, 0xF0A1}, {1, 7, 0x1A1A}, {1}}), ErrorCode{});
  EXPECT_EQ(code({{6}, {}, {}}), ErrorCode::kMalformed);
  EXPECT_EQ(code({{}, {8}, {}}), ErrorCode::kMalformed);
  EXPECT_EQ(code({{}, {0}, {}}), ErrorCode::kMalformed);
  EXPECT_EQ(code({{}, {}, {2}}), ErrorCode::kMalformed);
  const Extensions garbage{{raw(ExtensionType::kRequiredCapabilities), {1, 2, 3}}};
  EXPECT_EQ(code_of(check_leaf(sample_leaf(kKeyPackage), kKeyPackage, garbage)),
            ErrorCode::kMalformed);
}

TEST(LeafNode, ALifetimeIsAtMostTheLimitAndNeverNegative) {
  EXPECT_TRUE(check_lifetime_span({5, 5 + kMaxLifetimeSpan}));
  EXPECT_EQ(code_of(check_lifetime_span({5, 6 + kMaxLifetimeSpan})), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(check_lifetime_span({5, 4})), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(check_lifetime_span({0, UINT64_MAX})), ErrorCode::kMalformed);
  // The RFC's rules alone judge no lifetime.
  LeafNode leaf = sample_leaf(kKeyPackage);
  leaf.lifetime = {0, UINT64_MAX};
  EXPECT_TRUE(check_leaf(leaf, kKeyPackage, {}));
}

ErrorCode check(void (*change)(KeyPackage&), bool sign_again = true) {
  KeyPackage package = sample_key_package();
  change(package);
  if (sign_again) package.sign(sample_key());
  return code_of(package.check());
}

TEST(KeyPackage, IsRefusedIfAnythingOfItIsWrong) {
  EXPECT_EQ(check([](KeyPackage&) {}), ErrorCode{});
  EXPECT_EQ(check([](KeyPackage& p) { p.version = 2; }), ErrorCode::kMalformed);
  EXPECT_EQ(check([](KeyPackage& p) { p.cipher_suite = 1; }), ErrorCode::kMalformed);
  EXPECT_EQ(check([](KeyPackage& p) { p.init_key.pop_back(); }), ErrorCode::kMalformed);
  EXPECT_EQ(check([](KeyPackage& p) { p.init_key = p.leaf_node.encryption_key; }),
            ErrorCode::kMalformed);
  EXPECT_EQ(check([](KeyPackage& p) { p.leaf_node = sample_leaf(LeafNodeSource::kUpdate); }),
            ErrorCode::kMalformed);
  EXPECT_EQ(check([](KeyPackage& p) { p.leaf_node.signature[0] ^= 1; }), ErrorCode::kBadSignature);
  EXPECT_EQ(check([](KeyPackage& p) { p.extensions.push_back({0xF0FF, {}}); }),
            ErrorCode::kMalformed);
}

TEST(KeyPackage, ItsSignatureCoversEveryField) {
  EXPECT_EQ(check([](KeyPackage& p) { p.init_key[0] ^= 1; }, false), ErrorCode::kBadSignature);
  EXPECT_EQ(check([](KeyPackage& p) { p.extensions.clear(); }, false), ErrorCode::kBadSignature);
  EXPECT_EQ(check([](KeyPackage& p) { p.signature[0] ^= 1; }, false), ErrorCode::kBadSignature);
  EXPECT_EQ(check(
                [](KeyPackage& p) {
                  p.leaf_node.credential.identity[0] ^= 1;
                  p.leaf_node.sign(sample_key(), {});
                },
                false),
            ErrorCode::kBadSignature);
}

TEST(KeyPackage, AFreshOneIsSoundAndItsSecretsAreItsOwn) {
  test::SeededRandom random(1);
  const KeyPackageOptions options{
      Bytes(32, 7), {{raw(ExtensionType::kLeafFacts), {1}}}, {1, 2}, true};
  const NewKeyPackage made = make_key_package(sample_key(), options, random);
  EXPECT_TRUE(made.key_package.check()) << made.key_package.check().error().message;
  EXPECT_EQ(made.key_package.leaf_node.credential.identity, options.identity);
  EXPECT_TRUE(made.key_package.leaf_node.lifetime == options.lifetime);
  EXPECT_NE(find(made.key_package.extensions, ExtensionType::kLastResort), nullptr);
  EXPECT_NE(find(made.key_package.leaf_node.extensions, ExtensionType::kLeafFacts), nullptr);
  EXPECT_EQ(crypto::HpkeKeyPair::from_private(made.secrets.init_key.view()).public_key,
            made.key_package.init_key);
  EXPECT_EQ(crypto::HpkeKeyPair::from_private(made.secrets.encryption_key.view()).public_key,
            made.key_package.leaf_node.encryption_key);

  const NewKeyPackage other =
      make_key_package(sample_key(), {options.identity, {}, {}, false}, random);
  EXPECT_NE(other.key_package.init_key, made.key_package.init_key);
  EXPECT_TRUE(other.key_package.extensions.empty());
  EXPECT_NE(other.key_package.reference(), made.key_package.reference());
}

TEST(GroupInfo, ItsSignatureCoversEveryField) {
  const GroupInfo info = sample_group_info();
  const auto key = sample_key().public_key_as<DeviceKey>();
  EXPECT_TRUE(info.verify_signature(key.view()));
  const auto refused = [&](auto change) {
    GroupInfo other = info;
    change(other);
    return code_of(other.verify_signature(key.view())) == ErrorCode::kBadSignature;
  };
  EXPECT_TRUE(refused([](GroupInfo& i) { i.group_context.epoch = Epoch{10}; }));
  EXPECT_TRUE(refused([](GroupInfo& i) { i.extensions.clear(); }));
  EXPECT_TRUE(refused([](GroupInfo& i) { i.confirmation_tag[0] ^= 1; }));
  EXPECT_TRUE(refused([](GroupInfo& i) { i.signer = LeafIndex{3}; }));
  EXPECT_TRUE(refused([](GroupInfo& i) { i.signature.clear(); }));
  EXPECT_EQ(code_of(info.verify_signature(sample_key(2).public_key_as<DeviceKey>().view())),
            ErrorCode::kBadSignature);
}

}  // namespace
}  // namespace xom::mls
