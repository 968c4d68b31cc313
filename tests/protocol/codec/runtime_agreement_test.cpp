// Our reader and writer of signed kinds agree with the Protobuf runtime on schema/signed.proto.
#include <gtest/gtest.h>

#include "protocol/trust/alert.h"
#include "protocol/trust/device.h"
#include "protocol/trust/enrolment.h"
#include "protocol/trust/entry_header.h"
#include "protocol/trust/session.h"
#include "protocol/trust/verdict.h"
#include "protocol/trust/voucher.h"
#include "signed.pb.h"
#include "verdict.pb.h"

namespace xom::trust {
namespace {

// Every field of a message is set to something of the right shape, so that none is left out by
// chance.
template <class F>
F some(std::uint8_t seed) {
  F f;
  f.bytes.fill(seed);
  return f;
}

// The runtime reads what we wrote and writes the same bytes (a field unknown to it would move to
// the end; each test looks at a last field); we read them and write them again.
template <class Proto, class T>
Proto agree(const T& value) {
  const Bytes ours = value.encode_body();
  Proto message;
  EXPECT_TRUE(message.ParseFromArray(ours.data(), static_cast<int>(ours.size())));
  const std::string theirs = message.SerializeAsString();
  EXPECT_EQ(to_hex(view_of(theirs)), to_hex(ours));
  const auto again = T::decode_body(view_of(theirs));
  EXPECT_TRUE(again.has_value()) << (again ? "" : again.error().message);
  if (again) {
    EXPECT_EQ(to_hex(again->encode_body()), to_hex(ours));
  }
  return message;
}

const AuthorityKey kIssuer = some<AuthorityKey>(1);
const AccountKey kAccount = some<AccountKey>(2);

TEST(RuntimeAgreement, AuthoritysKinds) {
  const auto certificate = agree<statement::Certificate>(Certificate{
      kIssuer, some<AuthorityKey>(3), some<NodeKey>(4), "Tên", "Phường", TimeMs{5}, TimeMs{6}});
  EXPECT_EQ(certificate.name(), "Tên");
  EXPECT_EQ(certificate.expires(), 6);
  EXPECT_EQ(agree<statement::Unit>(Unit{kIssuer, "kp1/to5", "kp1", "Tổ", "Tổ 5"}).parent(), "kp1");
  const auto office = agree<statement::Appointment>(
      Appointment{kIssuer, kAccount, Office::kApprover, {"a", "b"}, "Tên", TimeMs{5}, TimeMs{6}});
  EXPECT_EQ(office.office(), statement::APPROVER);
  EXPECT_EQ(office.units_size(), 2);
  EXPECT_EQ(agree<statement::Revocation>(Revocation{kIssuer, some<StatementId>(3), "vì"}).reason(),
            "vì");
}

TEST(RuntimeAgreement, PublishersKinds) {
  Alert a;
  a.issuer = kIssuer;
  a.log = some<LogId>(2);
  a.id = some<AlertId>(3);
  a.sent = TimeMs{4};
  a.status = AlertStatus::kTest;
  a.msg_type = MsgType::kCancel;
  a.urgency = Urgency::kUnknown;
  a.severity = Severity::kMinor;
  a.certainty = Certainty::kUnlikely;
  a.category = "Safety";
  a.event = "e";
  a.headline = "h";
  a.description = "d\nd";
  a.instruction = "i\ni";
  a.contact = "113";
  a.effective = TimeMs{7};
  a.expires = TimeMs{8};
  a.areas = {{some<NodeId>(5), "kp1"}, {some<NodeId>(6), ""}};
  a.references = {some<AlertId>(9)};
  a.language = "vi-VN";
  const auto alert = agree<statement::Alert>(a);
  EXPECT_EQ(alert.status(), statement::TEST);
  EXPECT_EQ(alert.msg_type(), statement::CANCEL);
  EXPECT_EQ(alert.urgency(), statement::URGENCY_UNKNOWN);
  EXPECT_EQ(alert.severity(), statement::MINOR);
  EXPECT_EQ(alert.certainty(), statement::UNLIKELY);
  EXPECT_EQ(alert.areas(0).unit(), "kp1");
  EXPECT_EQ(alert.language(), "vi-VN");
  const auto post = agree<statement::Post>(
      Post{kIssuer, some<LogId>(2), some<AlertId>(3), TimeMs{4}, Seq{5}, "t", "b"});
  EXPECT_EQ(post.official_seq(), 5U);
}

TEST(RuntimeAgreement, AccountsKinds) {
  EXPECT_EQ(agree<statement::DeviceList>(DeviceList{kAccount, 2, {some<DeviceKey>(3)}}).version(),
            2U);
  EXPECT_EQ(agree<statement::Profile>(Profile{kAccount, 2, "Tên"}).name(), "Tên");
  const auto voucher = agree<statement::Voucher>(
      Voucher{some<LogId>(1), some<OneTimeKey>(2), "nhà", 3, Epoch{4}, TimeMs{5}, kAccount});
  EXPECT_EQ(voucher.issued_epoch(), 4U);
  EXPECT_EQ((agree<statement::JoinRequest>(JoinRequest{some<LogId>(1), some<StatementId>(2),
                                                       some<KeyPackageRef>(3), kAccount})
                 .account()),
            std::string(32, '\2'));
}

TEST(RuntimeAgreement, EnrolmentsKinds) {
  EXPECT_EQ(
      (agree<statement::Invitation>(
           Invitation{kIssuer, some<OneTimeKey>(2), Office::kPublisher, {"a"}, "Tên", TimeMs{5}})
           .expires()),
      5);
  EXPECT_EQ(
      (agree<statement::OfficeRequest>(OfficeRequest{some<StatementId>(1), kAccount, {1, 2}, "Tên"})
           .name()),
      "Tên");
  EXPECT_EQ((agree<statement::EnrolmentGrant>(
                 EnrolmentGrant{kIssuer, some<OneTimeKey>(2), "Tên", "Phường", TimeMs{5}})
                 .expires()),
            5);
  EXPECT_EQ((agree<statement::EnrolmentRequest>(EnrolmentRequest{some<StatementId>(1),
                                                                 some<AuthorityKey>(2),
                                                                 some<NodeKey>(3), TimeMs{4}})
                 .made()),
            4);
}

TEST(RuntimeAgreement, NodesKinds) {
  const auto header = agree<statement::EntryHeader>(
      EntryHeader{some<LogId>(1), Seq{2}, some<Hash>(0), some<Hash>(4), TimeMs{5}});
  EXPECT_EQ(header.previous(), std::string(32, '\0'));
  EXPECT_EQ(
      (agree<statement::LogHead>(LogHead{some<LogId>(1), Seq{2}, some<Hash>(3), TimeMs{4}}).time()),
      4);
  EXPECT_EQ(
      (agree<statement::Login>(Login{some<NodeKey>(1), some<Challenge>(2), some<DeviceKey>(3)})
           .device()),
      std::string(32, '\3'));
  EXPECT_EQ((agree<statement::LinkHandshake>(LinkHandshake{LinkRole::kParent, some<Hash>(2)})
                 .transcript()),
            std::string(32, '\2'));
}

TEST(RuntimeAgreement, TheEnvelope) {
  Statement s{Kind::kProfile, {1, 2, 3}, {}};
  s.sign(crypto::SigningKey::from_seed(Bytes(32, 1)).value(), Bytes{4, 5});
  const Bytes ours = s.encode();
  statement::Statement message;
  ASSERT_TRUE(message.ParseFromArray(ours.data(), static_cast<int>(ours.size())));
  EXPECT_EQ(message.kind(), statement::PROFILE);
  EXPECT_EQ(message.signatures(0).device_list(), "\4\5");
  EXPECT_EQ(to_hex(view_of(message.SerializeAsString())), to_hex(ours));
}

TEST(RuntimeAgreement, OptionalFieldsLeftOutAreLeftOutByBoth) {
  agree<statement::Unit>(Unit{kIssuer, "kp1", "", "", "Tên"});
  agree<statement::Certificate>(
      Certificate{kIssuer, some<AuthorityKey>(3), some<NodeKey>(4), "Tên", "", TimeMs{}, TimeMs{}});
}

TEST(RuntimeAgreement, Verdicts) {
  Verdict v;
  v.log = some<LogId>(1);
  v.seq = Seq{2};
  v.official = true;
  v.kind = Kind::kAlert;
  v.issuer_name = "Tên";
  v.real = true;
  v.body = {1, 2};
  v.signers = {{kAccount, some<DeviceKey>(3), Office::kPublisher, "Người"}};
  verdict::Verdict message;
  const Bytes ours = v.encode();
  ASSERT_TRUE(message.ParseFromArray(ours.data(), static_cast<int>(ours.size())));
  EXPECT_TRUE(message.official());
  EXPECT_TRUE(message.real());
  EXPECT_EQ(message.body(), "\1\2");
  EXPECT_EQ(message.signers(0).name(), "Người");
  v.official = false;
  v.refusal = Error{ErrorCode::kRevoked, "why"};
  const Bytes refused = v.encode();
  ASSERT_TRUE(message.ParseFromArray(refused.data(), static_cast<int>(refused.size())));
  EXPECT_EQ(message.error_code(), 12U);
  EXPECT_TRUE(message.body().empty());
  EXPECT_EQ(message.signers_size(), 0);
}

}  // namespace
}  // namespace xom::trust
