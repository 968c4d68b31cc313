// RFC 9420, section 12.2, bullet by bullet: what must be refused, and beside it what must not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/mls/external_senders.h"
#include "protocol/mls/hpke_public_key.h"
#include "tests/protocol/mls/mls_world.h"

namespace xom::mls::testing {

namespace {

using ::testing::HasSubstr;

class ProposalValidation : public ::testing::Test {
 protected:
  // What becomes of a commit by member 0 with these proposals by value and a path.
  std::string commit(std::vector<Proposal> proposals) {
    CommitDraft draft;
    for (Proposal& each : proposals) draft.proposals.push_back({std::move(each)});
    return outcome(world.stage(world.commit(0, draft)));
  }
  std::string commit_refs(std::vector<ProposalOrRef> proposals) {
    CommitDraft draft;
    draft.proposals = std::move(proposals);
    return outcome(world.stage(world.commit(0, draft)));
  }
  std::string external(std::vector<Proposal> proposals, std::uint32_t person = 50) {
    CommitDraft draft;
    for (Proposal& each : proposals) draft.proposals.push_back({std::move(each)});
    return outcome(world.stage(world.external_commit(person, draft)));
  }
  static Proposal context(Extensions extensions) {
    return {GroupContextExtensions{std::move(extensions)}};
  }

  MlsWorld world{4};
};

// An individual proposal that is invalid (12.1).

TEST_F(ProposalValidation, AddWithASoundKeyPackageOnly) {
  EXPECT_EQ(commit({world.add(50)}), "");
  KeyPackage package = world.key_package(50);
  package.signature[0] ^= 1;
  EXPECT_THAT(commit({{Add{package}}}), HasSubstr("10.1"));
  package = world.key_package(50);
  package.leaf_node.signature[0] ^= 1;
  package.sign(world.person(50).signer);
  EXPECT_THAT(commit({{Add{package}}}), HasSubstr("7.3"));
  package = world.key_package(50);
  package.init_key = package.leaf_node.encryption_key;
  package.sign(world.person(50).signer);
  EXPECT_THAT(commit({{Add{package}}}), HasSubstr("10.1"));
}

TEST_F(ProposalValidation, AddOfAKeyNobodyCanSealTo) {
  KeyPackage package = world.key_package(50);
  package.leaf_node.encryption_key = Bytes(32, 0);
  package.leaf_node.sign(world.person(50).signer, {});
  package.sign(world.person(50).signer);
  EXPECT_THAT(commit({{Add{package}}}), HasSubstr("5.1.1"));
}

TEST_F(ProposalValidation, SmallOrderIsWhatHpkeRefuses) {
  const std::vector<std::string> points = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
  for (const std::string& point : points) {
    Bytes key = *from_hex(point);
    for (const std::uint8_t last_bit : {0x00, 0x80}) {
      key[31] = static_cast<std::uint8_t>(key[31] & 0x7F) | last_bit;
      EXPECT_FALSE(crypto::hpke_seal(key, {}, {}, {}, world.random())) << point;
      EXPECT_FALSE(check_encryption_key(key)) << point;
    }
  }
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(check_encryption_key(world.encryption_key()));
}

TEST_F(ProposalValidation, UpdateOfASoundLeafOnly) {
  EXPECT_EQ(commit_refs({world.propose(2, world.update(2))}), "");
  const auto refused = [&](const std::function<void(LeafNode&)>& change, bool sign = true) {
    Proposal proposal = world.update(2);
    LeafNode& leaf = std::get<Update>(proposal.value).leaf_node;
    change(leaf);
    if (sign) leaf.sign(world.person(2).signer, {world.group().context().group_id, LeafIndex{2}});
    return outcome(world.group().with_proposal(world.proposal(2, proposal)));
  };
  EXPECT_EQ(refused([](LeafNode&) {}), "");
  EXPECT_THAT(refused([](LeafNode& leaf) { leaf.source = LeafNodeSource::kCommit; }),
              HasSubstr("7.3"));
  EXPECT_THAT(refused([&](LeafNode& leaf) {
                leaf.encryption_key = world.group().tree().leaf(LeafIndex{2})->encryption_key;
              }),
              HasSubstr("7.3: an Update keeps its encryption key"));
  EXPECT_THAT(refused([](LeafNode& leaf) { leaf.signature[0] ^= 1; }, false),
              HasSubstr("5.1.2: bad signature"));
  // The signature names the leaf's place.
  EXPECT_THAT(refused(
                  [&](LeafNode& leaf) {
                    leaf.sign(world.person(2).signer,
                              {world.group().context().group_id, LeafIndex{1}});
                  },
                  false),
              HasSubstr("5.1.2: bad signature"));
}

TEST_F(ProposalValidation, RemoveOfAMemberOnly) {
  EXPECT_EQ(commit({MlsWorld::remove(2)}), "");
  EXPECT_THAT(commit({MlsWorld::remove(4)}), HasSubstr("12.1.3"));
  EXPECT_THAT(commit({MlsWorld::remove(0xFFFFFFFF)}), HasSubstr("12.1.3"));
}

TEST_F(ProposalValidation, PskOfApplicationsOnly) {
  EXPECT_EQ(commit({world.psk()}), "");
  for (const auto usage :
       {ResumptionUsage::kApplication, ResumptionUsage::kReInit, ResumptionUsage::kBranch}) {
    Proposal proposal = world.psk();
    PreSharedKeyId& id = std::get<PreSharedKey>(proposal.value).psk;
    id.type = PskType::kResumption;
    id.usage = usage;
    EXPECT_EQ(commit({proposal}).empty(), usage == ResumptionUsage::kApplication);
  }
  Proposal proposal = world.psk();
  std::get<PreSharedKey>(proposal.value).psk.nonce.pop_back();
  EXPECT_THAT(commit({proposal}), HasSubstr("12.1.4: length"));
}

TEST_F(ProposalValidation, ReInitToNoOlderVersion) {
  EXPECT_EQ(commit({{ReInit{{1}, kProtocolMls10, kSuite, {}}}}), "");
  EXPECT_THAT(commit({{ReInit{{1}, 0, kSuite, {}}}}), HasSubstr("12.1.5"));
}

TEST_F(ProposalValidation, ContextExtensionsThatAllMembersSupport) {
  EXPECT_EQ(commit({context({{raw(ExtensionType::kPolicy), {1}}})}), "");
  EXPECT_THAT(commit({context({{0xF0FF, {1}}})}), HasSubstr("13.4"));
  const auto requires_extension = [](std::uint16_t type) {
    RequiredCapabilities required;
    required.extensions = {type};
    return context({{raw(ExtensionType::kRequiredCapabilities), encode(required)}});
  };
  EXPECT_EQ(commit({requires_extension(raw(ExtensionType::kPolicy))}), "");
  EXPECT_THAT(commit({requires_extension(0xF0FF)}), HasSubstr("7.3"));
  EXPECT_THAT(commit({context({{raw(ExtensionType::kRequiredCapabilities), {9}}})}),
              HasSubstr("11.1"));
  EXPECT_THAT(commit({context({{raw(ExtensionType::kExternalSenders), {9}}})}),
              HasSubstr("12.1.8.1"));
}

// 12.3: new extensions bind the Adds of the same commit.
TEST_F(ProposalValidation, AddedLeavesFitTheNewContext) {
  const Proposal change = context({{raw(ExtensionType::kPolicy), {1}}});
  EXPECT_EQ(commit({world.add(50), change}), "");
  KeyPackage package = world.key_package(50);
  package.leaf_node.capabilities.extensions.clear();
  package.leaf_node.extensions.clear();
  package.leaf_node.sign(world.person(50).signer, {});
  package.sign(world.person(50).signer);
  EXPECT_EQ(commit({{Add{package}}}), "");
  EXPECT_THAT(commit({{Add{package}}, change}), HasSubstr("13.4"));
}

// The list of a member's commit.

TEST_F(ProposalValidation, UpdateOfTheCommitter) {
  const auto own = world.propose(0, world.update(0));
  const auto other = world.propose(2, world.update(2));
  EXPECT_EQ(commit_refs({other}), "");
  EXPECT_THAT(commit_refs({own}), HasSubstr("12.2: the committer's own Update"));
  EXPECT_THAT(commit({world.update(0)}), HasSubstr("12.2: the committer's own Update"));
}

TEST_F(ProposalValidation, RemoveOfTheCommitter) {
  EXPECT_THAT(commit({MlsWorld::remove(0)}), HasSubstr("12.2: the committer removes itself"));
}

TEST_F(ProposalValidation, TwoChangesOfOneLeaf) {
  const auto update = world.propose(2, world.update(2));
  const auto again = world.propose(2, world.update(2));
  const auto other = world.propose(3, world.update(3));
  EXPECT_EQ(commit_refs({update, other, {MlsWorld::remove(1)}}), "");
  EXPECT_THAT(commit_refs({update, again}), HasSubstr("12.2: two Updates or Removes"));
  EXPECT_THAT(commit_refs({update, {MlsWorld::remove(2)}}), HasSubstr("12.2: two Updates"));
  EXPECT_THAT(commit({MlsWorld::remove(2), MlsWorld::remove(2)}), HasSubstr("12.2: two Updates"));
}

TEST_F(ProposalValidation, TwoAddsOfOneClient) {
  EXPECT_EQ(commit({world.add(50), world.add(51)}), "");
  EXPECT_THAT(commit({world.add(50), world.add(50)}), HasSubstr("12.2, 7.3: a signature key"));
  KeyPackage twin = world.key_package(51);
  const KeyPackage package = world.key_package(50);
  twin.leaf_node.encryption_key = package.leaf_node.encryption_key;
  twin.leaf_node.sign(world.person(51).signer, {});
  twin.sign(world.person(51).signer);
  EXPECT_THAT(commit({{Add{package}}, {Add{twin}}}), HasSubstr("12.2, 7.3: an encryption key"));
}

TEST_F(ProposalValidation, AddOfAMemberUnlessItIsRemoved) {
  EXPECT_THAT(commit({world.add(2)}), HasSubstr("12.2, 7.3: a signature key"));
  EXPECT_EQ(commit({world.add(2), MlsWorld::remove(2)}), "");
}

// 12.4.3.1: no parent's key may appear elsewhere, or no newcomer would accept the tree.
TEST_F(ProposalValidation, AddWithTheKeyOfAParent) {
  KeyPackage package = world.key_package(50);
  package.leaf_node.encryption_key =
      *world.group().tree().encryption_key(world.group().tree().size().root());
  package.leaf_node.sign(world.person(50).signer, {});
  package.sign(world.person(50).signer);
  EXPECT_THAT(commit({{Add{package}}}), HasSubstr("12.2, 7.3: an encryption key"));
}

TEST_F(ProposalValidation, OnePskTwice) {
  const Proposal psk = world.psk();
  EXPECT_EQ(commit({psk, world.psk()}), "");
  EXPECT_THAT(commit({psk, psk}), HasSubstr("12.2: a PSK twice"));
}

TEST_F(ProposalValidation, TwoContextExtensions) {
  EXPECT_THAT(commit({context({}), context({})}), HasSubstr("12.2: two GroupContextExtensions"));
  EXPECT_EQ(commit({context({})}), "");
}

TEST_F(ProposalValidation, ReInitWithAnother) {
  const Proposal reinit{ReInit{{1}, kProtocolMls10, kSuite, {}}};
  EXPECT_THAT(commit({reinit, world.add(50)}), HasSubstr("12.2: a ReInit with other"));
  EXPECT_THAT(commit({reinit, reinit}), HasSubstr("12.2: a ReInit with other"));
}

TEST_F(ProposalValidation, ExternalInitOfAMember) {
  EXPECT_THAT(commit({MlsWorld::external_init()}), HasSubstr("12.2: an ExternalInit of a member"));
  EXPECT_EQ(external({MlsWorld::external_init()}), "");
}

// 7.3: all members support the credential types in use. There is one, and every leaf lists it.
TEST_F(ProposalValidation, CredentialTypesThatAllSupport) {
  KeyPackage package = world.key_package(50);
  package.leaf_node.capabilities.credentials = {raw(CredentialType::kX509)};
  package.leaf_node.sign(world.person(50).signer, {});
  package.sign(world.person(50).signer);
  EXPECT_THAT(commit({{Add{package}}}), HasSubstr("7.2"));
  package.leaf_node.capabilities = Capabilities::own();
  package.leaf_node.capabilities.credentials.push_back(raw(CredentialType::kX509));
  package.leaf_node.credential = {raw(CredentialType::kX509), {}, {{1}}};
  package.leaf_node.sign(world.person(50).signer, {});
  package.sign(world.person(50).signer);
  EXPECT_THAT(commit({{Add{package}}}), HasSubstr("5.3.1"));
}

// A list that is only being made is judged for those who may commit.
TEST_F(ProposalValidation, ListsOfMembersAndNewcomersOnly) {
  const auto apply = [&](const Sender& sender) { return outcome(world.group().apply({}, sender)); };
  EXPECT_EQ(apply({SenderType::kMember, 3}), "");
  EXPECT_THAT(apply({SenderType::kMember, 4}), HasSubstr("6.1: the committer is no member"));
  EXPECT_THAT(apply({SenderType::kNewMemberProposal, 0}), HasSubstr("6.1"));
}

// The list of an external commit.

TEST_F(ProposalValidation, ExternalCommitsList) {
  const Proposal init = MlsWorld::external_init();
  EXPECT_EQ(external({init, world.psk(), world.psk()}), "");
  EXPECT_THAT(external({}), HasSubstr("12.2: not exactly one ExternalInit"));
  EXPECT_THAT(external({init, init}), HasSubstr("12.2: not exactly one ExternalInit"));
  EXPECT_THAT(external({init, world.add(51)}), HasSubstr("12.2: an external commit with another"));
  EXPECT_THAT(external({init, context({})}), HasSubstr("12.2: an external commit with another"));
  EXPECT_THAT(external({init, MlsWorld::remove(1), MlsWorld::remove(2)}, 1),
              HasSubstr("12.2: an external commit with two Removes"));
  const Proposal psk = world.psk();
  EXPECT_THAT(external({init, psk, psk}), HasSubstr("12.2: a PSK twice"));
  EXPECT_THAT(external({{ExternalInit{Bytes(31)}}}), HasSubstr("12.1.6"));
}

// Trap 2: an outsider that removes whom it likes.
TEST_F(ProposalValidation, ExternalCommitRemovesOwnLeafOnly) {
  const Proposal init = MlsWorld::external_init();
  EXPECT_EQ(external({init, MlsWorld::remove(1)}, 1), "");
  EXPECT_THAT(external({init, MlsWorld::remove(2)}, 1), HasSubstr("12.2: an external commit rem"));
  EXPECT_THAT(external({init, MlsWorld::remove(2)}, 50), HasSubstr("12.2: an external commit rem"));
}

}  // namespace

}  // namespace xom::mls::testing
