// What one vector is checked with: its fields, and what was found wrong. A field that is missing or
// of another kind fails the vector, never the program.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "protocol/mls/cipher_suite.h"

namespace xom::vectors {

using Json = nlohmann::json;

class Check {
 public:
  explicit Check(const Json& fields) : fields_(&fields), problem_(&own_problem_) {}
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;

  // The same check, over an object inside; its problems are told as this one's.
  [[nodiscard]] Check inside(const Json& fields) { return Check(fields, *problem_); }
  [[nodiscard]] Check inside(const char* field) { return inside(value(field)); }

  [[nodiscard]] const Json& value(const char* field);  // null if it is missing
  [[nodiscard]] const Json& list(const char* field);   // an empty list if it is none
  [[nodiscard]] bool has(const char* field) const;     // and is not null
  [[nodiscard]] std::string text(const char* field);
  [[nodiscard]] std::uint64_t number(const char* field);
  [[nodiscard]] Bytes bytes(const char* field);
  [[nodiscard]] Bytes bytes(const Json& hex);
  [[nodiscard]] mls::Secret secret(const char* field);  // 32 bytes

  // The first problem is the one that is told.
  void refuse(std::string_view what);
  void expect(bool holds, std::string_view what) {
    if (!holds) refuse(what);
  }
  void same(ByteView computed, ByteView given, std::string_view what);
  void same(ByteView computed, const char* field) { same(computed, bytes(field), field); }
  template <class T>
  [[nodiscard]] bool good(const Result<T>& result, std::string_view what) {
    if (!result) refuse(std::string(what) + ": " + std::string(result.error().message));
    return result.has_value();
  }

  [[nodiscard]] bool ok() const { return problem_->empty(); }
  [[nodiscard]] const std::string& problem() const { return *problem_; }

 private:
  Check(const Json& fields, std::string& problem) : fields_(&fields), problem_(&problem) {}
  const Json* fields_;
  std::string own_problem_;
  std::string* problem_;
};

}  // namespace xom::vectors
