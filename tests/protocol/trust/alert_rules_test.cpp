// Who may warn whom: each rule with an honest twin.
#include "protocol/trust/log_ids.h"
#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

using AlertRules = World;

TEST_F(AlertRules, APublishersAlertIsOfficialAndNamesItsSigner) {
  const Verdict verdict = put(root, by_people(alert(), publisher));
  EXPECT_TRUE(verdict.official);
  EXPECT_TRUE(verdict.real);
  EXPECT_EQ(verdict.issuer_name, root.name);
  ASSERT_EQ(verdict.signers.size(), 1U);
  EXPECT_EQ(verdict.signers[0].account, publisher.id());
  EXPECT_EQ(verdict.signers[0].office, Office::kPublisher);
  ASSERT_EQ(verifier.alerts(root.id()).size(), 1U);
}

TEST_F(AlertRules, NobodyElseMayWarn) {
  expect_refused(put(root, by_people(alert(), nobody)), ErrorCode::kUntrusted);
  expect_refused(put(root, by_people(alert(), approver)), ErrorCode::kUntrusted);
  expect_refused(put(root, by(root.authority, alert())), ErrorCode::kUntrusted);
  expect_refused(put(root, by(root.node, alert())), ErrorCode::kUntrusted);
  EXPECT_TRUE(verifier.alerts(root.id()).empty());
}

TEST_F(AlertRules, ADeviceOutsideItsAccountsListMayNotSign) {
  Statement stolen = make_statement(alert());
  stolen.sign(nobody.device, publisher.list());
  expect_refused(put(root, stolen.encode()), ErrorCode::kUntrusted);
  Statement forged = make_statement(alert());
  DeviceList list;
  list.account = publisher.id();
  list.version = 9;
  list.devices = {nobody.device.public_key_as<DeviceKey>()};
  forged.sign(nobody.device, sign_value(list, nobody.account));
  expect_refused(put(root, forged.encode()), ErrorCode::kUntrusted);
}

TEST_F(AlertRules, ADeviceRemovedByANewerListIsDead) {
  Statement newer = make_statement(alert());
  newer.sign(publisher.device, publisher.list(2));
  EXPECT_TRUE(put(root, newer.encode()).official);
  expect_refused(put(root, by_people(alert(), publisher)), ErrorCode::kRevoked);
}

TEST_F(AlertRules, AnExtremeAlertNeedsTwoPeople) {
  Alert extreme = alert();
  extreme.severity = Severity::kExtreme;
  expect_refused(put(root, by_people(extreme, publisher)), ErrorCode::kUntrusted);
  expect_refused(put(root, by_people(extreme, publisher, publisher)), ErrorCode::kUntrusted);
  expect_refused(put(root, by_people(extreme, publisher, nobody)), ErrorCode::kUntrusted);
  expect_refused(put(root, by_people(extreme, approver)), ErrorCode::kUntrusted);
  const Verdict verdict = put(root, by_people(extreme, publisher, approver));
  EXPECT_TRUE(verdict.official);
  EXPECT_EQ(verdict.signers.size(), 2U);
}

TEST_F(AlertRules, TwoDevicesOfOneAccountAreOnePerson) {
  const crypto::SigningKey second = key_named("publisher/second");
  DeviceList list;
  list.account = publisher.id();
  list.version = 1;
  list.devices = {publisher.device.public_key_as<DeviceKey>(), second.public_key_as<DeviceKey>()};
  Alert extreme = alert();
  extreme.severity = Severity::kExtreme;
  Statement statement = make_statement(extreme);
  statement.sign(publisher.device, sign_value(list, publisher.account));
  statement.sign(second, sign_value(list, publisher.account));
  expect_refused(put(root, statement.encode()), ErrorCode::kUntrusted);
}

TEST_F(AlertRules, AnOfficeSpeaksToItsOwnUnitsOnly) {
  Alert mine = alert();
  mine.areas = {{root.id(), "kp1/to5"}};
  EXPECT_TRUE(put(root, by_people(mine, local)).official);
  Alert everybody = alert();
  expect_refused(put(root, by_people(everybody, local)), ErrorCode::kUntrusted);
  Alert neighbour = alert();
  neighbour.areas = {{root.id(), "kp1"}, {root.id(), "kp2"}};
  expect_refused(put(root, by_people(neighbour, local)), ErrorCode::kUntrusted);
  Alert whole = alert();
  whole.areas = {{root.id(), ""}};
  expect_refused(put(root, by_people(whole, local)), ErrorCode::kUntrusted);
  Alert below = alert();
  below.areas = {{ward.id(), "kp1"}};
  expect_refused(put(root, by_people(below, local)), ErrorCode::kUntrusted);
}

TEST_F(AlertRules, ANodeSpeaksToItsOwnSubtreeOnly) {
  Alert child = alert();
  child.areas = {{ward.id(), "kp5"}};
  EXPECT_TRUE(put(root, by_people(child, publisher)).official);
  Alert unknown = alert();
  unknown.areas = {{TestNode("elsewhere").id(), ""}};
  expect_refused(put(root, by_people(unknown, publisher)), ErrorCode::kUntrusted);
  Alert no_unit = alert();
  no_unit.areas = {{root.id(), "kp9"}};
  expect_refused(put(root, by_people(no_unit, publisher)), ErrorCode::kNotFound);
}

TEST_F(AlertRules, AWardCannotSpeakForItsParent) {
  put(ward, by(ward.authority, appointment(ward, nobody, Office::kPublisher)));
  Alert own = alert();
  own.issuer = ward.id();
  own.log = ward.official.id();
  EXPECT_TRUE(put(ward, by_people(own, nobody)).official);
  Alert up = alert();
  up.issuer = ward.id();
  up.log = ward.official.id();
  up.areas = {{root.id(), ""}};
  expect_refused(put(ward, by_people(up, nobody)), ErrorCode::kUntrusted);
  expect_refused(put(ward, by_people(alert(), nobody)),
                 ErrorCode::kUntrusted);  // names the root as issuer
  expect_refused(put(ward, by_people(alert(), publisher)), ErrorCode::kUntrusted);
  expect_refused(put(root, by_people(own, nobody)), ErrorCode::kUntrusted);
}

TEST_F(AlertRules, AnOfficeHasItsTimeAndItsEnd) {
  Appointment later = appointment(root, nobody, Office::kPublisher);
  later.not_before = at(100);
  later.expires = at(200);
  const Bytes signed_later = by(root.authority, later);
  put(root, signed_later);
  expect_refused(put(root, by_people(alert(), nobody), at(99)), ErrorCode::kUntrusted);
  EXPECT_TRUE(put(root, by_people(alert(), nobody), at(100)).official);
  expect_refused(put(root, by_people(alert(), nobody), at(200)), ErrorCode::kUntrusted);

  EXPECT_TRUE(put(root, by_people(alert(), nobody), at(150)).official);
  const StatementId id = Statement::decode(signed_later)->id();
  EXPECT_TRUE(put(root, by(root.authority, Revocation{root.id(), id, "thôi chức"})).official);
  expect_refused(put(root, by_people(alert(), nobody), at(150)), ErrorCode::kUntrusted);
  expect_refused(put(root, signed_later), ErrorCode::kAlreadyExists);
  expect_refused(put(root, by_people(alert(), nobody), at(150)), ErrorCode::kUntrusted);
}

TEST_F(AlertRules, NothingExpiredIsNewlyOfficial) {
  EXPECT_TRUE(put(root, by_people(alert(), publisher), at(3599)).official);
  expect_refused(put(root, by_people(alert(), publisher), at(3600)), ErrorCode::kExpired);
  Alert none = alert();
  none.expires = TimeMs{0};
  expect_refused(put(root, by_people(none, publisher)), ErrorCode::kMalformed);
  Alert before = alert();
  before.effective = before.expires;
  expect_refused(put(root, by_people(before, publisher)), ErrorCode::kMalformed);
}

TEST_F(AlertRules, ADrillIsNeverReal) {
  for (const AlertStatus status : {AlertStatus::kExercise, AlertStatus::kTest}) {
    Alert drill = alert();
    drill.status = status;
    const Verdict verdict = put(root, by_people(drill, publisher));
    EXPECT_TRUE(verdict.official);
    EXPECT_FALSE(verdict.real);
  }
}

TEST_F(AlertRules, ADrillCannotTouchARealAlert) {
  const Alert real = alert();
  ASSERT_TRUE(put(root, by_people(real, publisher)).official);
  Alert drill = alert();
  drill.status = AlertStatus::kExercise;
  drill.msg_type = MsgType::kCancel;
  drill.references = {real.id};
  expect_refused(put(root, by_people(drill, publisher)), ErrorCode::kUntrusted);
  EXPECT_FALSE(verifier.alerts(root.id()).front().cancelled_by.has_value());
}

TEST_F(AlertRules, UpdateAndCancelNeedReferencesAndTakeEffect) {
  const Alert first = alert();
  put(root, by_people(first, publisher));
  Alert cancel = alert();
  cancel.msg_type = MsgType::kCancel;
  expect_refused(put(root, by_people(cancel, publisher)), ErrorCode::kMalformed);
  cancel.references = {first.id};
  EXPECT_TRUE(put(root, by_people(cancel, publisher)).official);
  Alert update = alert();
  update.msg_type = MsgType::kUpdate;
  update.references = {first.id};
  EXPECT_TRUE(put(root, by_people(update, publisher)).official);
  Alert fresh = alert();
  fresh.references = {first.id};
  expect_refused(put(root, by_people(fresh, publisher)), ErrorCode::kMalformed);
  EXPECT_EQ(verifier.alerts(root.id()).front().cancelled_by, cancel.id);
  EXPECT_EQ(verifier.alerts(root.id()).front().updated_by, update.id);
}

TEST_F(AlertRules, ACancelThatComesBeforeItsAlertIsKept) {
  Alert first = alert();
  Alert cancel = alert();
  cancel.msg_type = MsgType::kCancel;
  cancel.references = {first.id};
  EXPECT_TRUE(put(root, by_people(cancel, publisher)).official);
  EXPECT_TRUE(put(root, by_people(first, publisher)).official);
  EXPECT_EQ(verifier.alerts(root.id()).back().cancelled_by, cancel.id);
}

TEST_F(AlertRules, ALocalOfficeCannotCancelAWiderAlert) {
  const Alert wide = alert();
  Alert narrow = alert();
  narrow.areas = {{root.id(), "kp1/to5"}};
  put(root, by_people(wide, publisher));
  put(root, by_people(narrow, publisher));
  Alert cancel = alert();
  cancel.msg_type = MsgType::kCancel;
  cancel.areas = {{root.id(), "kp1"}};
  cancel.references = {wide.id, narrow.id};
  EXPECT_TRUE(put(root, by_people(cancel, local)).official);
  const auto alerts = verifier.alerts(root.id());
  EXPECT_FALSE(alerts[0].cancelled_by.has_value());
  EXPECT_EQ(alerts[1].cancelled_by, cancel.id);
}

TEST_F(AlertRules, AnAlertIsOfficialOnce) {
  const Bytes statement = by_people(alert(), publisher);
  EXPECT_TRUE(put(root, statement).official);
  expect_refused(put(root, statement), ErrorCode::kAlreadyExists);
}

TEST_F(AlertRules, CheckForesaysWhatFeedWillSay) {
  const Bytes good = by_people(alert(), publisher);
  const Bytes bad = by_people(alert(), nobody);
  EXPECT_TRUE(verifier.check(root.official.id(), good, kNow)->official);
  EXPECT_FALSE(verifier.check(root.official.id(), bad, kNow)->official);
  EXPECT_TRUE(verifier.alerts(root.id()).empty());
  EXPECT_TRUE(put(root, good).official);
}

}  // namespace
}  // namespace xom::trust::test
