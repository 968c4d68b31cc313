// The one result type of the project. Input from outside never throws: it becomes an Error.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace xom {

// Stable codes: they travel to clients (schema/client.proto, `Error.code`) and are never
// renumbered.
enum class ErrorCode : std::uint16_t {
  kInternal = 1,            // a bug or a failure of this node; details only in its log
  kMalformed = 2,           // bytes that do not follow the format
  kTooLarge = 3,            // over a limit of size or count
  kUnknownKind = 4,         // a frame or statement kind that this version does not know
  kUnsupportedVersion = 5,  // of the protocol, a record or a data folder
  kBadSignature = 6,
  kNotPermitted = 7,     // known to us, but may not do this
  kUnauthenticated = 8,  // must log in first
  kNotFound = 9,
  kAlreadyExists = 10,  // another value is there
  kExpired = 11,
  kRevoked = 12,
  kSpent = 13,       // a one-time thing (voucher, enrolment code) was used
  kStaleEpoch = 14,  // the group is at another epoch; `Error.epoch` names it
  kEntryGap = 15,    // an entry id is not the writer's next; `Error.expected` names it
  kRewound = 16,     // the cursor is ahead of the log: hand the missing entries back
  kForked = 17,      // the cursor's hash contradicts the log
  kTrimmed = 18,     // the entries asked for were trimmed; `Error.expected` is the first left
  kRateLimited = 19,
  kUnavailable = 20,  // stopping, or storage has failed; try again later
  kConflict = 21,     // a precondition failed (lost race)
  kUntrusted = 22,    // well signed, but by a key that holds no such right
  kWrongNode = 23,    // the other end proved another node key than the expected one
  kIo = 24,           // a disk or network operation failed
  kBadConfiguration = 25,
};

#ifdef __wasm__
// Literals alone: a text that must be moved and freed on every path that can fail would be a tenth
// of the module.
class ErrorText : public std::string_view {
 public:
  ErrorText() = default;
  ErrorText(const char* literal) : std::string_view(literal) {}
  ErrorText(const std::string&) = delete;
};
#else
using ErrorText = std::string;
#endif

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  ErrorText message;  // English, for logs and operators; never contains what a resident wrote
  std::uint64_t detail = 0;  // meaning depends on the code, see above

  // The same error, told with what was being done: "<what>: <message>" (not in the module).
  [[nodiscard]] Error during([[maybe_unused]] std::string_view what) const {
#ifdef __wasm__
    return *this;
#else
    return Error{code, std::string(what) + ": " + message, detail};
#endif
  }
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, ErrorText message,
                                                 std::uint64_t detail = 0) {
  return std::unexpected<Error>(Error{code, std::move(message), detail});
}

// Name of a code for logs and the command line, e.g. "stale_epoch".
[[nodiscard]] std::string_view name_of(ErrorCode code);

}  // namespace xom
