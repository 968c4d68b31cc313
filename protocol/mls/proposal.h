// RFC 9420, section 12.1: proposals; and 8.4's identifiers of pre-shared keys.
#pragma once

#include "protocol/mls/key_package.h"

namespace xom::mls {

enum class ProposalType : std::uint16_t {
  kAdd = 1,
  kUpdate = 2,
  kRemove = 3,
  kPreSharedKey = 4,
  kReInit = 5,
  kExternalInit = 6,
  kGroupContextExtensions = 7,
};

enum class PskType : std::uint8_t { kExternal = 1, kResumption = 2 };
enum class ResumptionUsage : std::uint8_t { kApplication = 1, kReInit = 2, kBranch = 3 };

struct PreSharedKeyId {
  PskType type = PskType::kExternal;
  Bytes id;                                               // kExternal
  ResumptionUsage usage = ResumptionUsage::kApplication;  // kResumption
  Bytes group_id;                                         // kResumption
  Epoch epoch{0};                                         // kResumption
  Bytes nonce;                                            // 32 bytes
  void write(Output& out) const;
  [[nodiscard]] static PreSharedKeyId read(Input& in);
  bool operator==(const PreSharedKeyId&) const = default;
};

struct Add {
  KeyPackage key_package;
  bool operator==(const Add&) const = default;
};
struct Update {
  LeafNode leaf_node;
  bool operator==(const Update&) const = default;
};
struct Remove {
  LeafIndex removed{0};
  bool operator==(const Remove&) const = default;
};
struct PreSharedKey {
  PreSharedKeyId psk;
  bool operator==(const PreSharedKey&) const = default;
};
struct ReInit {
  Bytes group_id;
  std::uint16_t version = kProtocolMls10;
  std::uint16_t cipher_suite = kSuite;
  Extensions extensions;
  bool operator==(const ReInit&) const = default;
};
struct ExternalInit {
  Bytes kem_output;
  bool operator==(const ExternalInit&) const = default;
};
struct GroupContextExtensions {
  Extensions extensions;
  bool operator==(const GroupContextExtensions&) const = default;
};

struct Proposal {
  std::variant<Add, Update, Remove, PreSharedKey, ReInit, ExternalInit, GroupContextExtensions>
      value;
  [[nodiscard]] ProposalType type() const { return static_cast<ProposalType>(value.index() + 1); }
  void write(Output& out) const;
  // An unknown type is kUnknownKind.
  [[nodiscard]] static Proposal read(Input& in);
  bool operator==(const Proposal&) const = default;
};

}  // namespace xom::mls
