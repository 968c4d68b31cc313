// The working group's test vectors. They are no part of the repository: $XOM_VECTORS, or
// ../shared/vectors beside it. Files may hold other cipher suites too; `suite_cases` leaves them
// out.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "protocol/base/bytes.h"

namespace xom::mls::testing {

// Nothing if the file is not there.
[[nodiscard]] inline std::optional<boost::json::array> vector_cases(const std::string& name) {
  const char* folder = std::getenv("XOM_VECTORS");
  std::ifstream file(std::string(folder != nullptr ? folder : XOM_DEFAULT_VECTORS) + "/mls/" + name,
                     std::ios::binary);
  if (!file) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return boost::json::parse(text).as_array();
}

// Only those of our cipher suite.
[[nodiscard]] inline std::optional<boost::json::array> suite_cases(const std::string& name) {
  auto all = vector_cases(name);
  if (!all) return std::nullopt;
  boost::json::array ours;
  for (const auto& test : *all) {
    if (test.at("cipher_suite").to_number<int>() == 3) ours.push_back(test);
  }
  return ours;
}

[[nodiscard]] inline Bytes hex(const boost::json::value& text) {
  return from_hex(text.as_string().c_str()).value();
}
[[nodiscard]] inline Bytes hex(const boost::json::value& test, const char* field) {
  return hex(test.at(field));
}
[[nodiscard]] inline std::uint64_t number(const boost::json::value& test, const char* field) {
  return test.at(field).to_number<std::uint64_t>();
}

}  // namespace xom::mls::testing

// Declares `cases`, never empty; without the file the test is skipped, with the reason.
#define XOM_VECTORS_OR_SKIP(cases, loader, name)                                   \
  const auto cases##_found = ::xom::mls::testing::loader(name);                    \
  if (!cases##_found) {                                                            \
    GTEST_SKIP() << "no test vectors (" name "): set XOM_VECTORS to their folder"; \
  }                                                                                \
  const boost::json::array& cases = *cases##_found;                                \
  ASSERT_FALSE(cases.empty()) << name
