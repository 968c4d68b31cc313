#include "tests/vectors/check.h"

namespace xom::vectors {

namespace {
const Json kNull;
const Json kEmptyList = Json::array();
}  // namespace

void Check::refuse(std::string_view what) {
  if (problem_->empty()) *problem_ = what;
}

const Json& Check::value(const char* field) {
  if (fields_->is_object()) {
    if (const auto found = fields_->find(field); found != fields_->end()) return *found;
  }
  refuse(std::string("no field ") + field);
  return kNull;
}

bool Check::has(const char* field) const {
  if (!fields_->is_object()) return false;
  const auto found = fields_->find(field);
  return found != fields_->end() && !found->is_null();
}

const Json& Check::list(const char* field) {
  const Json& found = value(field);
  if (found.is_array()) return found;
  refuse(std::string(field) + " is no list");
  return kEmptyList;
}

std::string Check::text(const char* field) {
  const Json& found = value(field);
  if (const auto* text = found.get_ptr<const std::string*>()) return *text;
  refuse(std::string(field) + " is no text");
  return {};
}

std::uint64_t Check::number(const char* field) {
  const Json& found = value(field);
  if (const auto* number = found.get_ptr<const std::uint64_t*>()) return *number;
  refuse(std::string(field) + " is no number");
  return 0;
}

Bytes Check::bytes(const Json& hex) {
  if (const auto* text = hex.get_ptr<const std::string*>()) {
    if (auto bytes = from_hex(*text)) return std::move(*bytes);
  }
  refuse("not hexadecimal");
  return {};
}

Bytes Check::bytes(const char* field) { return bytes(value(field)); }

mls::Secret Check::secret(const char* field) {
  const Bytes given = bytes(field);
  if (given.size() == 32) return mls::Secret(given);
  refuse(std::string(field) + " has not 32 bytes");
  return {};
}

void Check::same(ByteView computed, ByteView given, std::string_view what) {
  if (std::equal(computed.begin(), computed.end(), given.begin(), given.end())) return;
  refuse(std::string(what) +
         " differs: " + to_hex(computed.first(std::min<std::size_t>(computed.size(), 32))));
}

}  // namespace xom::vectors
