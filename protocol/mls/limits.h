// Limits on what MLS structures from outside may hold, checked before memory is taken.
#pragma once

#include <cstddef>
#include <cstdint>

namespace xom::mls {

inline constexpr std::size_t kMaxMessageBytes = 1024 * 1024;  // a Welcome of 1,000 members: 200 KB
inline constexpr std::size_t kMaxField = 64 * 1024;  // bytes of keys, signatures, ids, extensions
inline constexpr std::size_t kMaxItems = 4096;       // of any list
inline constexpr std::size_t kMaxExtensions = 64;    // of one list: each type stands there once
inline constexpr std::uint32_t kMaxLeaves = 4096;    // slots of a tree; groups of Xóm hold 1,000
inline constexpr std::size_t kMaxPathNodes = 32;     // a path is no longer than a tree is high
inline constexpr std::size_t kMaxCommitProposals = 256;
// Generations of a ratchet that may be skipped at once, and unused message keys that it keeps.
inline constexpr std::uint32_t kMaxSkippedGenerations = 1024;
inline constexpr std::size_t kMaxPendingProposals = 256;  // by reference, per epoch
// A KeyPackage may live this long, seconds (RULES: only the span is judged by receivers): 90 days
// and the hour before.
inline constexpr std::uint64_t kMaxLifetimeSpan = 90ULL * 24 * 3600 + 3600;
// A PrivateMessage is padded to a multiple of this, bytes: a length tells little.
inline constexpr std::size_t kPaddingBlock = 64;

}  // namespace xom::mls
