// Keys of the storage layer, all in one place. Services keep their own keys elsewhere (prefix other
// than "l/" and "!"). Numbers are big-endian, so that the order of the keys is the order of the
// numbers.
//
//   !format                            decimal format version of the whole store; written at
//   creation l/h/ log(32)                       record.LogHead       head, first entry held,
//   generation l/e/ log(32) seq(8)                record.LogEntry      one entry l/w/ log(32)
//   writer(32)            record.WriterState   last entry id, seqs of the last 64 l/r/ log(32)
//   seq(8)                header, exactly as signed: kept of a trimmed entry while it is
//                                      among its writer's last 64, so that a retry is still
//                                      answered
#pragma once

#include <string>

#include "protocol/base/bytes.h"

namespace xom::storage::keys {

inline constexpr std::string_view kFormat = "!format";
inline constexpr unsigned kFormatVersion = 1;

[[nodiscard]] inline std::string with_number(std::string key, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(number >> shift));
  return key;
}
[[nodiscard]] inline std::string of_log(std::string_view prefix, const LogId& log) {
  return std::string(prefix).append(text_of(log.view()));
}

inline constexpr std::string_view kHeads = "l/h/";
inline constexpr std::string_view kHeadsEnd = "l/h0";  // '0' follows '/'
[[nodiscard]] inline std::string head(const LogId& log) { return of_log(kHeads, log); }
[[nodiscard]] inline std::string entry(const LogId& log, Seq seq) {
  return with_number(of_log("l/e/", log), raw(seq));
}
// Behind the last possible entry of the log: no log reaches number 2^64 - 1.
[[nodiscard]] inline std::string entries_end(const LogId& log) {
  return with_number(of_log("l/e/", log), UINT64_MAX);
}
[[nodiscard]] inline std::string writer(const LogId& log, const DeviceKey& writer) {
  return of_log("l/w/", log).append(text_of(writer.view()));
}
[[nodiscard]] inline std::string retained_header(const LogId& log, Seq seq) {
  return with_number(of_log("l/r/", log), raw(seq));
}
// The number at the end of an entry's key.
[[nodiscard]] inline Seq seq_of_entry_key(std::string_view key) {
  std::uint64_t number = 0;
  for (const char c : key.substr(key.size() - 8))
    number = number << 8 | static_cast<std::uint8_t>(c);
  return Seq{number};
}

}  // namespace xom::storage::keys
