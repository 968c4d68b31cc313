// What publishers sign: alerts (fields of CAP 1.2, OASIS) and posts.
#pragma once

#include <string>
#include <vector>

#include "protocol/trust/statement.h"

namespace xom::trust {

enum class AlertStatus : std::uint8_t { kActual = 1, kExercise, kTest };
enum class MsgType : std::uint8_t { kNewAlert = 1, kUpdate, kCancel };
enum class Urgency : std::uint8_t { kImmediate = 1, kExpected, kFuture, kPast, kUnknown };
enum class Severity : std::uint8_t { kExtreme = 1, kSevere, kModerate, kMinor, kUnknown };
enum class Certainty : std::uint8_t { kObserved = 1, kLikely, kPossible, kUnlikely, kUnknown };

using AlertId = Fixed<struct AlertIdTag, 16>;

struct Area {
  NodeId node;
  std::string unit;  // empty: the whole node
  bool operator==(const Area&) const = default;
};

struct Alert {
  static constexpr Kind kKind = Kind::kAlert;
  AuthorityKey issuer;  // the node that speaks
  LogId log;
  AlertId id;
  TimeMs sent{};
  AlertStatus status{};
  MsgType msg_type{};
  Urgency urgency{};
  Severity severity{};
  Certainty certainty{};
  std::string category;
  std::string event;
  std::string headline;
  std::string description;
  std::string instruction;
  std::string contact;
  TimeMs effective{};  // 0: at once
  TimeMs expires{};
  std::vector<Area> areas;  // empty: the whole node with everything below it
  std::vector<AlertId> references;
  std::string language;
  [[nodiscard]] Bytes encode_body() const;
  // kMalformed also if: no sent or headline; expires is not after sent and effective; UPDATE or
  // CANCEL without references, or NEW_ALERT with some; an alert that references itself.
  [[nodiscard]] static Result<Alert> decode_body(ByteView body);
};

struct Post {
  static constexpr Kind kKind = Kind::kPost;
  AuthorityKey issuer;
  LogId log;
  AlertId id;
  TimeMs sent{};
  Seq official_seq{0};  // of `official`, that it was written under
  std::string title;
  std::string body;
  [[nodiscard]] Bytes encode_body() const;
  [[nodiscard]] static Result<Post> decode_body(ByteView body);
};

}  // namespace xom::trust
