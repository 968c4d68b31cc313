#include "server/sessions/budget.h"

namespace xom::server {
namespace {

double seconds(std::chrono::steady_clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

int price(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed:
    case ErrorCode::kTooLarge:
    case ErrorCode::kUnknownKind:
      return limits::kPenaltyMalformed;
    case ErrorCode::kBadSignature:
    case ErrorCode::kUntrusted:
      return limits::kPenaltySignature;
    // What happens to honest clients, too.
    case ErrorCode::kStaleEpoch:
    case ErrorCode::kEntryGap:
    case ErrorCode::kRewound:
    case ErrorCode::kTrimmed:
    case ErrorCode::kUnavailable:
    case ErrorCode::kConflict:
    case ErrorCode::kInternal:
      return 0;
    default:
      return 1;
  }
}

}  // namespace

bool Penalty::charge(ErrorCode code, Time now) {
  points_ = std::max(0.0, points_ - seconds(now - at_));
  at_ = now;
  points_ += price(code);
  return points_ >= limits::kPenaltyLimit;
}

std::chrono::milliseconds Pace::take(Time now) {
  if (!started_) at_ = now;
  started_ = true;
  tokens_ =
      std::min(limits::kRequestBurst, tokens_ + seconds(now - at_) * limits::kRequestsPerSecond);
  at_ = now;
  tokens_ -= 1;
  if (tokens_ >= 0) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(static_cast<long>(-tokens_ / limits::kRequestsPerSecond * 1000) +
                                   1);
}

}  // namespace xom::server
