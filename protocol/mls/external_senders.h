// RFC 9420, section 12.1.8.1: who may propose from outside.
#pragma once

#include "protocol/mls/leaf_node.h"

namespace xom::mls {

struct ExternalSender {
  Bytes signature_key;
  Credential credential;
  void write(Output& out) const;
  [[nodiscard]] static ExternalSender read(Input& in);
  bool operator==(const ExternalSender&) const = default;
};

// Of a group context; none without the extension. kMalformed, kTooLarge, kUnknownKind.
[[nodiscard]] Result<std::vector<ExternalSender>> external_senders(const Extensions& group_context);
[[nodiscard]] Extension external_senders_extension(const std::vector<ExternalSender>& senders);

}  // namespace xom::mls
