#include "protocol/mls/external_senders.h"

#include "protocol/mls/fields.h"

namespace xom::mls {

void ExternalSender::write(Output& out) const {
  out.vector(signature_key);
  credential.write(out);
}

ExternalSender ExternalSender::read(Input& in) {
  ExternalSender sender;
  sender.signature_key = read_field(in);
  sender.credential = Credential::read(in);
  return sender;
}

Result<std::vector<ExternalSender>> external_senders(const Extensions& group_context) {
  const Bytes* data = find(group_context, ExtensionType::kExternalSenders);
  if (data == nullptr) return std::vector<ExternalSender>{};
  Input in(*data);
  auto senders = read_items<ExternalSender>(in);
  if (auto done = in.finish(); !done) {
    return std::unexpected(done.error().during("12.1.8.1: external_senders"));
  }
  return senders;
}

Extension external_senders_extension(const std::vector<ExternalSender>& senders) {
  Output out;
  out.list(senders);
  return {raw(ExtensionType::kExternalSenders), std::move(out).take()};
}

}  // namespace xom::mls
