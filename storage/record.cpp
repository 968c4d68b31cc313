#include "storage/record.h"

#include <google/protobuf/message_lite.h>

namespace xom::storage {

std::string encode_record(const google::protobuf::MessageLite& message) {
  std::string value(1, kRecordVersion);
  message.AppendToString(&value);
  return value;
}

Result<void> decode_record_into(std::string_view value, google::protobuf::MessageLite& message) {
  if (value.empty()) return fail(ErrorCode::kInternal, "a stored record is empty");
  if (value.front() != kRecordVersion) {
    return fail(ErrorCode::kUnsupportedVersion, "a stored record has another version than 1");
  }
  value.remove_prefix(1);
  if (!message.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return fail(ErrorCode::kInternal, "a stored record is damaged");
  }
  return {};
}

}  // namespace xom::storage
