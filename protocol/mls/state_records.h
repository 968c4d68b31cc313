// How a group's state is stored: as small records, so that what a message or a commit changes is
// not the whole tree. A store keeps them by key and applies updates atomically.
#pragma once

#include "protocol/crypto/secret_bytes.h"

namespace xom::mls {

inline constexpr std::uint8_t kStateVersion = 1;           // first byte of the record kGroup
inline constexpr std::uint32_t kLeavesPerTreeRecord = 16;  // and the parents between them

enum class RecordKind : std::uint8_t {
  kGroup = 1,    // context, transcript, pending proposals; changes with every commit
  kTree = 2,     // index: chunk of kLeavesPerTreeRecord leaf slots
  kEpoch = 3,    // epoch secrets and private keys
  kSecrets = 4,  // unexpanded secrets of the secret tree
  kSender = 5,   // index: leaf; its two ratchets
};
struct RecordKey {
  RecordKind kind{};
  std::uint32_t index = 0;
  auto operator<=>(const RecordKey&) const = default;
};
struct Record {
  RecordKey key;
  crypto::SecretBytes value;  // empty: the record is to be deleted
};

}  // namespace xom::mls
