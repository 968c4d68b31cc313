#include "protocol/trust/alert.h"

#include <algorithm>

#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"
#include "protocol/trust/limits.h"

namespace xom::trust {

namespace {

constexpr std::size_t kMaxEncodedArea = 32 + kMaxUnitId + 8;

std::vector<Area> read_areas(codec::Reader& reader, std::uint32_t field) {
  std::vector<Area> areas;
  for (ByteView encoded : reader.bytes_list(field, kMaxAreas, kMaxEncodedArea)) {
    codec::Reader r(encoded);
    Area area;
    area.node = r.fixed<NodeId>(1);
    area.unit = r.text(2, kMaxUnitId);
    if (!r.finish()) {
      reader.refuse(ErrorCode::kMalformed, "bad area");
      return {};
    }
    if (std::ranges::find(areas, area) != areas.end()) {
      reader.refuse(ErrorCode::kMalformed, "an area is named twice");
      return {};
    }
    areas.push_back(std::move(area));
  }
  return areas;
}

const char* objection(const Alert& a) {
  if (raw(a.sent) == 0) return "an alert needs the time when it was sent";
  if (a.headline.empty()) return "an alert needs a headline";
  if (raw(a.expires) <= raw(a.sent) || raw(a.expires) <= raw(a.effective)) {
    return "an alert must expire after it was sent and takes effect";
  }
  if ((a.msg_type == MsgType::kNewAlert) != a.references.empty()) {
    return "updates and cancels need references, new alerts have none";
  }
  if (std::ranges::find(a.references, a.id) != a.references.end()) return "alert refers to itself";
  return nullptr;
}

}  // namespace

Bytes Alert::encode_body() const {
  codec::Writer w;
  w.fixed(1, issuer).fixed(2, log).fixed(3, id).time(4, sent);
  w.enumeration(5, status).enumeration(6, msg_type).enumeration(7, urgency);
  w.enumeration(8, severity).enumeration(9, certainty);
  w.text(10, category).text(11, event).text(12, headline).text(13, description);
  w.text(14, instruction).text(15, contact).time(16, effective).time(17, expires);
  for (const Area& area : areas) {
    codec::Writer inner;
    w.element(18, inner.fixed(1, area.node).text(2, area.unit).take());
  }
  for (const AlertId& reference : references) w.element(19, reference.view());
  w.text(20, language);
  return w.take();
}

Result<Alert> Alert::decode_body(ByteView body) {
  codec::Reader r(body);
  Alert a;
  a.issuer = r.fixed<AuthorityKey>(1);
  a.log = r.fixed<LogId>(2);
  a.id = r.fixed<AlertId>(3);
  a.sent = r.time(4);
  a.status = r.enumeration(5, AlertStatus::kTest);
  a.msg_type = r.enumeration(6, MsgType::kCancel);
  a.urgency = r.enumeration(7, Urgency::kUnknown);
  a.severity = r.enumeration(8, Severity::kUnknown);
  a.certainty = r.enumeration(9, Certainty::kUnknown);
  a.category = r.text(10, kMaxCategory);
  a.event = r.text(11, kMaxEvent);
  a.headline = r.text(12, kMaxHeadline);
  a.description = r.text(13, kMaxDescription, codec::TextRule::kLines);
  a.instruction = r.text(14, kMaxInstruction, codec::TextRule::kLines);
  a.contact = r.text(15, kMaxContact);
  a.effective = r.time(16);
  a.expires = r.time(17);
  a.areas = read_areas(r, 18);
  a.references = r.fixed_list<AlertId>(19, kMaxReferences);
  a.language = r.text(20, kMaxLanguage);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("alert"));
  if (const char* why = objection(a)) return fail(ErrorCode::kMalformed, why);
  return a;
}

Bytes Post::encode_body() const {
  codec::Writer w;
  w.fixed(1, issuer).fixed(2, log).fixed(3, id).time(4, sent).u64(5, raw(official_seq));
  w.text(6, title).text(7, body);
  return w.take();
}

Result<Post> Post::decode_body(ByteView encoded) {
  codec::Reader r(encoded);
  Post p;
  p.issuer = r.fixed<AuthorityKey>(1);
  p.log = r.fixed<LogId>(2);
  p.id = r.fixed<AlertId>(3);
  p.sent = r.time(4);
  p.official_seq = Seq{r.u64(5)};
  p.title = r.text(6, kMaxTitle);
  p.body = r.text(7, kMaxPostBody, codec::TextRule::kLines);
  if (raw(p.sent) == 0 || p.title.empty()) {
    r.refuse(ErrorCode::kMalformed, "a post needs a time and a title");
  }
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("post"));
  return p;
}

}  // namespace xom::trust
