// All limits and times of the node link, together.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace xom::federation {

inline constexpr std::uint32_t kLinkVersion = 1;

// Bytes of one sealed frame: a page of entries (1 MiB) and the headers of its entries.
inline constexpr std::size_t kMaxFrame = 2u * 1024 * 1024;
// Bytes of a hello or a proof, the largest statement included: read before the other end is known.
inline constexpr std::size_t kMaxHandshakeMessage = 32u * 1024;
// A page of entries: as many as a client may fetch at once, so that both are served by the same
// reads.
inline constexpr std::size_t kPageEntries = 256;
inline constexpr std::size_t kPageBytes = 1024 * 1024;
// Logs in one offer: two for each of the nodes above, and any tree a state can have is far less
// deep.
inline constexpr std::size_t kMaxOfferedLogs = 256;

// Both hellos and both proofs; a slow line has four messages of under 1 KiB to carry.
inline constexpr std::chrono::seconds kHandshakeTime{15};
// Each end sends a ping when it has sent nothing for so long, and gives up when it has heard
// nothing for three.
inline constexpr std::chrono::seconds kPingEvery{20};
inline constexpr std::chrono::seconds kSilence{60};
// For the last words of a link that ends, before the transport is closed.
inline constexpr std::chrono::seconds kFarewell{3};
// Reconnect: the first try after a loss, doubled up to the longest, each drawn between half and
// whole, so that the wards of a parent that restarts do not come back in one moment.
inline constexpr std::chrono::milliseconds kFirstDelay{500};
inline constexpr std::chrono::milliseconds kLongestDelay{60'000};

}  // namespace xom::federation
