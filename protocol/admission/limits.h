// Limits of what groups carry, with their reasons.
#pragma once

#include <cstddef>

namespace xom::admission {

inline constexpr std::size_t kMaxUnitId = 64;         // bytes, as in trust/limits.h
inline constexpr std::size_t kMaxLeaders = 16;        // a cell has one leader and a few deputies
inline constexpr std::size_t kMaxRevoked = 256;       // 8 KiB of every GroupInfo
inline constexpr std::size_t kMaxEnded = 64;          // a cell changes its leader every few years
inline constexpr std::size_t kMaxProofs = 256;        // one per Add (mls::kMaxCommitProposals)
inline constexpr std::size_t kMaxAuthorityWords = 8;  // statements in one commit

}  // namespace xom::admission
