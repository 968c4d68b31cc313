#include "protocol/trust/alert.h"
#include "protocol/trust/device.h"
#include "protocol/trust/enrolment.h"
#include "protocol/trust/entry_header.h"
#include "protocol/trust/leadership.h"
#include "protocol/trust/refusal.h"
#include "protocol/trust/session.h"
#include "protocol/trust/voucher.h"
#include "signed.pb.h"
#include "tests/protocol/fuzz/agreement.h"
#include "tests/protocol/fuzz/targets.h"

namespace xom::fuzz {

namespace {

template <class T, class Proto>
bool body(ByteView input) {
  const auto value = T::decode_body(input);
  if (!value) return false;
  require(value->encode_body() == Bytes(input.begin(), input.end()));
  runtime_agrees<Proto>(input);
  return true;
}

bool envelope(ByteView input) {
  const auto value = trust::Statement::decode(input);
  if (!value) return false;
  require(value->encode() == Bytes(input.begin(), input.end()));
  runtime_agrees<statement::Statement>(input);
  (void)value->verify(value->kind);
  for (const trust::SignatureBy& by : value->signatures) (void)trust::device_signer(by);
  return true;
}

using Reader = bool (*)(ByteView);
constexpr Reader kReaders[] = {
    envelope,
    body<trust::Certificate, statement::Certificate>,
    body<trust::Unit, statement::Unit>,
    body<trust::Appointment, statement::Appointment>,
    body<trust::Revocation, statement::Revocation>,
    body<trust::Alert, statement::Alert>,
    body<trust::Post, statement::Post>,
    body<trust::DeviceList, statement::DeviceList>,
    body<trust::Profile, statement::Profile>,
    body<trust::Voucher, statement::Voucher>,
    body<trust::JoinRequest, statement::JoinRequest>,
    body<trust::Invitation, statement::Invitation>,
    body<trust::OfficeRequest, statement::OfficeRequest>,
    body<trust::EnrolmentGrant, statement::EnrolmentGrant>,
    body<trust::EnrolmentRequest, statement::EnrolmentRequest>,
    body<trust::EntryHeader, statement::EntryHeader>,
    body<trust::LogHead, statement::LogHead>,
    body<trust::Login, statement::Login>,
    body<trust::LinkHandshake, statement::LinkHandshake>,
    body<trust::Leadership, statement::Leadership>,
    body<trust::Refusal, statement::Refusal>,
};

}  // namespace

bool statement(ByteView input) {
  if (input.empty()) return false;
  return kReaders[input[0] % std::size(kReaders)](input.subspan(1));
}

}  // namespace xom::fuzz
