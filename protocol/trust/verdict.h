// What a Verifier says about one entry of a public log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "protocol/trust/alert.h"
#include "protocol/trust/authority.h"

namespace xom::trust {

struct Signer {
  AccountKey account;
  DeviceKey device;
  Office office{};
  std::string name;  // from the appointment
};

// The entry was well formed and took its place in the log. Whether what it says is official is
// `official`.
struct Verdict {
  LogId log;
  Seq seq{0};
  Hash header_hash;
  TimeMs time{};  // of the header, by the node's clock
  bool official = false;
  std::optional<Error> refusal;  // exactly when not official
  // The rest is set only if official, so that nobody can show a refused one by mistake.
  Kind kind{};
  StatementId statement;
  NodeId issuer;
  std::string issuer_name;
  bool real = false;            // an alert with status ACTUAL; a drill or test is never real
  Bytes body;                   // exactly as signed
  std::vector<Signer> signers;  // of alerts and posts

  // schema/verdict.proto, Verdict.
  [[nodiscard]] Bytes encode() const;
};

}  // namespace xom::trust
