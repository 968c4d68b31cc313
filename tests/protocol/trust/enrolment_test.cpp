#include "protocol/trust/enrolment.h"

#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

class Enrolment : public ::testing::Test {
 protected:
  Enrolment() {
    grant.issuer = parent.id();
    grant.key = one_time.public_key_as<OneTimeKey>();
    grant.name = "Công an phường Thới An";
    grant.level = "Phường";
    grant.expires = at(60);
    invitation.issuer = parent.id();
    invitation.key = one_time.public_key_as<OneTimeKey>();
    invitation.office = Office::kPublisher;
    invitation.name = "Trần Văn B";
    invitation.expires = at(60);
  }
  TestNode parent{"parent"};
  TestNode child{"child"};
  Person officer{"officer"};
  Person thief{"thief"};
  crypto::SigningKey one_time = key_named("code");
  EnrolmentGrant grant;
  Invitation invitation;
};

TEST_F(Enrolment, OffersAreSignedByTheAuthorityAndExpire) {
  const Bytes good = sign_value(grant, parent.authority);
  EXPECT_TRUE(verify_grant(good, parent.id(), at(59)).has_value());
  EXPECT_EQ(verify_grant(good, parent.id(), at(60)).error().code, ErrorCode::kExpired);
  EXPECT_EQ(verify_grant(good, child.id(), kNow).error().code, ErrorCode::kUntrusted);
  EXPECT_EQ(verify_grant(sign_value(grant, parent.node), parent.id(), kNow).error().code,
            ErrorCode::kUntrusted);
  EXPECT_EQ(verify_invitation(good, parent.id(), kNow).error().code, ErrorCode::kUnknownKind);
  EXPECT_TRUE(
      verify_invitation(sign_value(invitation, parent.authority), parent.id(), kNow).has_value());
}

TEST_F(Enrolment, ARequestNeedsTheCodeAndBothNewKeys) {
  const auto offer = verify_grant(sign_value(grant, parent.authority), parent.id(), kNow).value();
  EnrolmentRequest request;
  request.grant = offer.id;
  request.authority = child.id();
  request.node_key = child.node.public_key_as<NodeKey>();
  request.made = kNow;
  const Bytes good = make_enrolment_request(request, one_time, child.authority, child.node);
  EXPECT_TRUE(verify_enrolment_request(good, offer).has_value());
  const auto code = [&](const Bytes& bytes) {
    return verify_enrolment_request(bytes, offer).error().code;
  };
  EXPECT_EQ(code(make_enrolment_request(request, thief.device, child.authority, child.node)),
            ErrorCode::kUntrusted);
  EXPECT_EQ(code(make_enrolment_request(request, one_time, thief.device, child.node)),
            ErrorCode::kUntrusted);
  EXPECT_EQ(code(make_enrolment_request(request, one_time, child.authority, thief.device)),
            ErrorCode::kUntrusted);
  EXPECT_EQ(code(make_enrolment_request(request, one_time, child.authority, child.authority)),
            ErrorCode::kUntrusted);
  EXPECT_EQ(code(sign_value(request, one_time)), ErrorCode::kUntrusted);
  request.grant = StatementId{};
  EXPECT_EQ(code(make_enrolment_request(request, one_time, child.authority, child.node)),
            ErrorCode::kUntrusted);
}

TEST_F(Enrolment, AnAnswerToAnInvitationBringsTheAccountsOwnDeviceList) {
  const auto offer =
      verify_invitation(sign_value(invitation, parent.authority), parent.id(), kNow).value();
  OfficeRequest request{offer.id, officer.id(), officer.list(), "Trần Văn B"};
  EXPECT_TRUE(verify_office_request(sign_value(request, one_time), offer).has_value());
  EXPECT_EQ(verify_office_request(sign_value(request, thief.device), offer).error().code,
            ErrorCode::kUntrusted);
  request.device_list = thief.list();
  EXPECT_EQ(verify_office_request(sign_value(request, one_time), offer).error().code,
            ErrorCode::kUntrusted);
  request.device_list = officer.list();
  request.invitation = StatementId{};
  EXPECT_EQ(verify_office_request(sign_value(request, one_time), offer).error().code,
            ErrorCode::kUntrusted);
}

}  // namespace
}  // namespace xom::trust::test
