// Keys of the pending list.
//
//   p/o/ statement id(32)     Statement(INVITATION) or Statement(ENROLMENT_GRANT)
//   p/r/ statement id(32)     the one answer to that offer: Statement(OFFICE_REQUEST) or
//   Statement(ENROLMENT_REQUEST)
#pragma once

#include <string>

#include "protocol/base/bytes.h"

namespace xom::server::keys {

inline constexpr std::string_view kOffers = "p/o/";
inline constexpr std::string_view kOffersEnd = "p/o0";  // '0' follows '/'

[[nodiscard]] inline std::string offer(const StatementId& id) {
  return std::string(kOffers).append(text_of(id.view()));
}
[[nodiscard]] inline std::string answer(const StatementId& id) {
  return std::string("p/r/").append(text_of(id.view()));
}

}  // namespace xom::server::keys
