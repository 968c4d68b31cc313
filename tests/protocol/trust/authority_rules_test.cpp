// What only an authority key may do, and what ends it.
#include "protocol/trust/log_ids.h"
#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

using AuthorityRules = World;

TEST_F(AuthorityRules, TheTreeIsKnownAfterReplay) {
  const auto nodes = verifier.nodes();
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].id, root.id());
  EXPECT_FALSE(nodes[0].parent.has_value());
  EXPECT_EQ(nodes[1].parent, root.id());
  EXPECT_EQ(nodes[1].name, ward.name);
  EXPECT_EQ(verifier.units(root.id()).size(), 3U);
  EXPECT_TRUE(verifier.is_node_key(ward.id(), ward.node.public_key_as<NodeKey>()));
  EXPECT_FALSE(verifier.is_node_key(ward.id(), root.node.public_key_as<NodeKey>()));
  ASSERT_EQ(verifier.offices(publisher.id(), kNow).size(), 1U);
  EXPECT_TRUE(verifier.offices(nobody.id(), kNow).empty());
  EXPECT_EQ(verifier.offices_of_node(root.id(), kNow).size(), 3U);
}

TEST_F(AuthorityRules, AnAuthoritysKindsSignedByTheNodeKeyAreRefused) {
  const Appointment office = appointment(root, nobody, Office::kPublisher);
  const Unit unit{root.id(), "kp3", "", "Khu phố", "Khu phố 3"};
  const TestNode other("other");
  const StatementId known = Statement::decode(fed[5].payload)->id();  // the publisher's appointment
  const Revocation revocation{root.id(), known, ""};
  expect_refused(put(root, by(root.node, office)), ErrorCode::kUntrusted);
  expect_refused(put(root, by(root.node, unit)), ErrorCode::kUntrusted);
  expect_refused(put(root, by(root.node, other.certificate(root))), ErrorCode::kUntrusted);
  expect_refused(put(root, by(root.node, revocation)), ErrorCode::kUntrusted);
  EXPECT_TRUE(put(root, by(root.authority, office)).official);
  EXPECT_TRUE(put(root, by(root.authority, unit)).official);
  EXPECT_TRUE(put(root, by(root.authority, other.certificate(root))).official);
  EXPECT_TRUE(put(root, by(root.authority, revocation)).official);
}

TEST_F(AuthorityRules, AnotherNodesAuthorityIsRefused) {
  Appointment office = appointment(root, nobody, Office::kPublisher);
  expect_refused(put(root, by(ward.authority, office)), ErrorCode::kUntrusted);
  office.issuer = ward.id();
  expect_refused(put(root, by(ward.authority, office)), ErrorCode::kUntrusted);
  EXPECT_TRUE(put(ward, by(ward.authority, office)).official);
}

TEST_F(AuthorityRules, ASecondSignatureMakesAnAuthoritysStatementInvalid) {
  Statement statement = make_statement(appointment(root, nobody, Office::kPublisher));
  statement.sign(root.authority);
  EXPECT_TRUE(verifier.check(root.official.id(), statement.encode(), kNow)->official);
  statement.sign(root.node);
  expect_refused(put(root, statement.encode()), ErrorCode::kUntrusted);
}

TEST_F(AuthorityRules, ANodeWhoseTwoKeysAreOneIsRefused) {
  Certificate certificate = TestNode("other").certificate(root);
  certificate.node_key.bytes = certificate.authority.bytes;
  expect_refused(put(root, by(root.authority, certificate)), ErrorCode::kMalformed);
}

TEST_F(AuthorityRules, ACertificateWorksOnlyInsideItsTime) {
  TestNode guest("guest");
  Certificate certificate = guest.certificate(root);
  certificate.not_before = at(10);
  certificate.expires = at(20);
  put(root, by(root.authority, certificate));
  const auto unit = [&](const char* id) {
    return by(guest.authority, Unit{guest.id(), id, "", "Tổ", "Tổ"});
  };
  expect_refused(put(guest, unit("a"), at(9)), ErrorCode::kRevoked);
  EXPECT_TRUE(put(guest, unit("a"), at(10)).official);
  expect_refused(put(guest, unit("b"), at(20)), ErrorCode::kRevoked);
}

TEST_F(AuthorityRules, ARevokedChildSaysNothingNewButKeepsWhatItSaid) {
  put(ward, by(ward.authority, appointment(ward, nobody, Office::kPublisher)));
  Alert before = alert();
  before.issuer = ward.id();
  before.log = ward.official.id();
  EXPECT_TRUE(put(ward, by_people(before, nobody)).official);
  const StatementId certificate = Statement::decode(fed[1].payload)->id();
  EXPECT_TRUE(
      put(root, by(root.authority, Revocation{root.id(), certificate, "sáp nhập"})).official);
  EXPECT_TRUE(verifier.node(ward.id())->revoked);
  Alert after = before;
  after.id.bytes[1] = 7;
  expect_refused(put(ward, by_people(after, nobody)), ErrorCode::kRevoked);
  EXPECT_EQ(verifier.alerts(ward.id()).size(), 1U);
  EXPECT_TRUE(verifier.offices(nobody.id(), kNow).empty());
  EXPECT_FALSE(verifier.feed_head(ward.official.head(kNow)).has_value());
}

TEST_F(AuthorityRules, WhatStandsBelowARevokedNodeFallsWithIt) {
  TestNode quarter("quarter");
  EXPECT_TRUE(put(ward, by(ward.authority, quarter.certificate(ward))).official);
  const Bytes unit = by(quarter.authority, Unit{quarter.id(), "a", "", "Tổ", "Tổ"});
  EXPECT_TRUE(put(quarter, unit).official);
  const StatementId certificate = Statement::decode(fed[1].payload)->id();
  put(root, by(root.authority, Revocation{root.id(), certificate, ""}));
  expect_refused(put(quarter, unit), ErrorCode::kRevoked);
}

TEST_F(AuthorityRules, ANewMachineIsANewCertificate) {
  const crypto::SigningKey machine = key_named("new machine");
  Certificate renewed = ward.certificate(root);
  renewed.node_key = machine.public_key_as<NodeKey>();
  renewed.name = "Công an phường Mới";
  EXPECT_TRUE(put(root, by(root.authority, renewed)).official);
  EXPECT_EQ(verifier.node(ward.id())->name, "Công an phường Mới");
  EXPECT_TRUE(put(ward, by(ward.authority, Unit{ward.id(), "a", "", "Tổ", "Tổ"})).official);
  ward.official.sign_with(machine);
  EXPECT_TRUE(put(ward, by(ward.authority, Unit{ward.id(), "b", "", "Tổ", "Tổ"})).official);
}

TEST_F(AuthorityRules, ANodeCannotAdoptItsSiblingOrItsParent) {
  TestNode sibling("sibling");
  put(root, by(root.authority, sibling.certificate(root)));
  put(ward, by(ward.authority, appointment(ward, nobody, Office::kPublisher)));
  const crypto::SigningKey evil = key_named("evil");
  Certificate grab = sibling.certificate(ward);
  grab.node_key = evil.public_key_as<NodeKey>();
  put(ward, by(ward.authority, grab));
  EXPECT_EQ(verifier.node(sibling.id())->parent, root.id());
  EXPECT_FALSE(verifier.is_node_key(sibling.id(), evil.public_key_as<NodeKey>()));
  LogMaker forged(sibling.official.id(), evil);
  const StoredEntry entry =
      forged.append(by(sibling.authority, Unit{sibling.id(), "a", "", "Tổ", "Tổ"}));
  EXPECT_EQ(verifier.feed(forged.id(), entry.view()).error().code, ErrorCode::kUntrusted);
  Alert speak = alert();
  speak.issuer = ward.id();
  speak.log = ward.official.id();
  speak.areas = {{sibling.id(), ""}};
  expect_refused(put(ward, by_people(speak, nobody)), ErrorCode::kUntrusted);

  Certificate up = root.certificate(ward);
  up.issuer = ward.id();
  expect_refused(put(ward, by(ward.authority, up)), ErrorCode::kUntrusted);
  expect_refused(put(ward, by(ward.authority, ward.certificate(ward))), ErrorCode::kUntrusted);
}

TEST_F(AuthorityRules, ANodeMayBeGivenToAnotherParent) {
  TestNode district("district");
  put(root, by(root.authority, district.certificate(root)));
  put(district, by(district.authority, ward.certificate(district)));
  EXPECT_EQ(verifier.node(ward.id())->parent, root.id());
  const StatementId old = Statement::decode(fed[1].payload)->id();
  put(root, by(root.authority, Revocation{root.id(), old, ""}));
  EXPECT_EQ(verifier.node(ward.id())->parent, district.id());
  EXPECT_FALSE(verifier.node(ward.id())->revoked);
  EXPECT_TRUE(put(ward, by(ward.authority, Unit{ward.id(), "a", "", "Tổ", "Tổ"})).official);
}

TEST_F(AuthorityRules, UnitsFormATree) {
  const auto unit = [&](const char* id, const char* parent) {
    return by(root.authority, Unit{root.id(), id, parent, "Tổ", "Tổ"});
  };
  expect_refused(put(root, unit("x", "none")), ErrorCode::kNotFound);
  expect_refused(put(root, unit("kp1", "kp1/to5")), ErrorCode::kUntrusted);
  expect_refused(put(root, unit("kp1", "kp1")), ErrorCode::kMalformed);
  EXPECT_TRUE(put(root, unit("kp1/to5", "kp2")).official);  // moved
  Alert moved = alert();
  moved.areas = {{root.id(), "kp1/to5"}};
  expect_refused(put(root, by_people(moved, local)), ErrorCode::kUntrusted);
}

TEST_F(AuthorityRules, AnAppointmentNamesKnownUnits) {
  expect_refused(
      put(root, by(root.authority, appointment(root, nobody, Office::kCellLeader, {"kp7"}))),
      ErrorCode::kNotFound);
  EXPECT_TRUE(put(root, by(root.authority, appointment(root, nobody, Office::kCellLeader, {"kp2"})))
                  .official);
}

TEST_F(AuthorityRules, ARevocationMustHitSomethingOfItsOwnLogOnce) {
  expect_refused(put(root, by(root.authority, Revocation{root.id(), StatementId{}, ""})),
                 ErrorCode::kNotFound);
  const StatementId office = Statement::decode(fed[5].payload)->id();
  expect_refused(put(ward, by(ward.authority, Revocation{ward.id(), office, ""})),
                 ErrorCode::kNotFound);
  const Bytes good = by(root.authority, Revocation{root.id(), office, ""});
  EXPECT_TRUE(put(root, good).official);
  expect_refused(put(root, good), ErrorCode::kAlreadyExists);
}

TEST_F(AuthorityRules, KindsThatDoNotBelongInThisLogAreRefused) {
  expect_refused(put(root, publisher.list()), ErrorCode::kUnknownKind);
  expect_refused(put(root, Bytes{1, 2, 3}), ErrorCode::kMalformed);
  expect_refused(put(root, Bytes(kMaxStatement + 1)), ErrorCode::kTooLarge);
  EXPECT_TRUE(put(root, by_people(alert(), publisher)).official);  // and the log goes on
}

TEST(Root, AnotherRootThanThePinnedOneIsRefused) {
  TestNode real("real");
  TestNode fake("fake");
  Verifier verifier(root_fingerprint(real.id()));
  const StoredEntry forged =
      fake.official.append(sign_value(fake.certificate(fake), fake.authority));
  EXPECT_EQ(verifier.feed(fake.official.id(), forged.view()).error().code, ErrorCode::kUntrusted);
  const StoredEntry good = real.official.append(sign_value(real.certificate(real), real.authority));
  EXPECT_EQ(verifier.feed(fake.official.id(), good.view()).error().code, ErrorCode::kMalformed);
  EXPECT_FALSE(verifier.root().has_value());
  EXPECT_TRUE(verifier.feed(real.official.id(), good.view())->official);
  EXPECT_EQ(verifier.root()->id, real.id());
}

}  // namespace
}  // namespace xom::trust::test
