// Values on disk: one version byte, then a Protobuf message. Used by this folder and by the
// services.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/result.h"

namespace google::protobuf {
class MessageLite;
}

namespace xom::storage {

inline constexpr char kRecordVersion = 1;

[[nodiscard]] std::string encode_record(const google::protobuf::MessageLite& message);

// kUnsupportedVersion: written by a newer version of Xóm. kInternal: damaged.
[[nodiscard]] Result<void> decode_record_into(std::string_view value,
                                              google::protobuf::MessageLite& message);

template <class Message>
[[nodiscard]] Result<Message> decode_record(std::string_view value) {
  Message message;
  if (auto ok = decode_record_into(value, message); !ok) return std::unexpected(ok.error());
  return message;
}

}  // namespace xom::storage
