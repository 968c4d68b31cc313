// Every limit of the node that is not in the configuration, with unit and reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace xom::server::limits {

// One WebSocket message from a client, bytes: a commit bundle of a group of 1,000 (GroupInfo with
// tree 200 KB, Welcome 200 KB, commit 83 KB) with room.
inline constexpr std::size_t kClientFrame = 1024 * 1024;
// HTTP request head, bytes: there are no cookies and no long addresses here.
inline constexpr std::size_t kHttpHeader = 8 * 1024;

// Frames waiting to be written to one session. Answers are few, since a client waits for them;
// pushes are dropped when full and the client is told `Behind`.
inline constexpr std::size_t kQueueEntries = 256;
inline constexpr std::size_t kQueueBytes = 512 * 1024;
// Bytes of frames in one write, and the last frame: what the kernel does not take of it is copied.
inline constexpr std::size_t kWriteBytes = 64 * 1024;

// One page of entries.
inline constexpr std::size_t kPageEntries = 256;
inline constexpr std::size_t kPageBytes = 1024 * 1024;

// Logs one session may have open: 60 rooms (UX.md's plan) with inbox and official logs, twice over.
inline constexpr std::size_t kOpenLogs = 256;

// A message of a resident, as MLS ciphertext, bytes: text is under 1 KB, a list of all profiles of
// a group of 200 with signatures is under 60 KB.
inline constexpr std::size_t kApplicationPayload = 64 * 1024;
// KeyPackages held per device (one-time), and bytes of one.
inline constexpr std::size_t kKeyPackagesPerDevice = 32;
inline constexpr std::size_t kKeyPackageBytes = 8 * 1024;
// Welcomes of one commit: as many as the reader of commits allows Adds.
inline constexpr std::size_t kWelcomes = 256;
// How far a committer's clock may be from the node's: phones are set by their network, some by
// hand.
inline constexpr std::chrono::milliseconds kCommitterClock = std::chrono::minutes(10);
// Refusals of one account in one group within the window: an honest client needs few, and who takes
// back every change of a group may hold it up so often and no more.
inline constexpr std::uint64_t kRefusals = 8;
inline constexpr std::chrono::milliseconds kRefusalWindow = std::chrono::hours(1);
// Join requests that wait in a group at once are bounded by its vouchers; devices of a group by the
// tree.
inline constexpr std::size_t kGroupMembers = 2000;
// Invitations and grants held at once, each with its answer.
inline constexpr std::size_t kPendingOffers = 1024;

// Penalty points of a session: each malformed frame costs 10, each refused signature 5, each other
// refusal 1; one point is forgiven a second. At the limit it is told kRateLimited and closed.
inline constexpr int kPenaltyMalformed = 10;
inline constexpr int kPenaltySignature = 5;
inline constexpr int kPenaltyLimit = 50;
// Appends of one session that wait for their sync together, each of up to kApplicationPayload.
inline constexpr std::uint8_t kAppendsAtOnce = 8;
// Requests of one session: a burst, then so many a second; faster ones wait, which costs nobody
// else. A client that fetches 60 rooms at a start sends 180, one that empties its outbox sends as
// fast as it is answered.
inline constexpr double kRequestBurst = 400;
inline constexpr double kRequestsPerSecond = 400;

// A connection on which nothing comes for this long is probed by the kernel (TCP keep-alive), so
// often, then dropped; it costs the node nothing. Links notice silence by themselves.
inline constexpr std::chrono::seconds kIdle{90};
inline constexpr std::chrono::seconds kProbeEvery{15};
inline constexpr int kProbes = 4;
// A client that takes nothing of what it is sent for this long is dropped: it comes back and reads
// on from its cursor, and what was queued for it is free for others.
inline constexpr std::chrono::seconds kStalled{120};
inline constexpr std::chrono::seconds kHandshake{20};
// One HTTP answer, whole: 220 KB of the first visit at EDGE's 50 kbit/s take 35 s, with room.
// And one message of a client, whole: a commit bundle of 500 KB at that pace takes 80 s.
inline constexpr std::chrono::seconds kAnswer{180};
// What the kernel takes for a client beyond what is on its way: with megabytes there, a phone that
// falls from 4G to EDGE would seem to take nothing for minutes.
inline constexpr int kUnsentBytes = 128 * 1024;
// Signed heads of the official logs (RULES: every 10 minutes).
inline constexpr std::chrono::minutes kHeadEvery{10};
// Between two looks at the space on the disk: what a fast disk writes in it is a fraction of the
// reserve.
inline constexpr std::chrono::seconds kDiskLook{1};
// Below so many times the reserve a full disk is announced: days to make space, at a ward's pace.
inline constexpr std::uint64_t kDiskLowTimes = 2;
// Looks that find space before a store that ran out of it is opened again: not between two gulps of
// whatever filled the disk.
inline constexpr int kDiskReopenLooks = 10;
// Retention: logs that one step looks at, each a read of one entry on the thread that serves
// everybody, so a step takes a millisecond or two; between two steps; after the start, when all
// devices come back; and between two rounds.
inline constexpr std::size_t kTrimLogs = 16;
inline constexpr std::chrono::milliseconds kTrimEvery{200};
inline constexpr std::chrono::minutes kTrimFirst{1};
inline constexpr std::chrono::minutes kTrimRest{10};
// Entries of a group that are younger are not trimmed for their size: a device that was away for a
// month loses nothing to a busy group.
inline constexpr std::chrono::hours kKeptAtLeast{30 * 24};
// How long a resident's message may wait for others to share its sync: nobody notices, and a busy
// node syncs 25 times a second instead of once a message, which is most of what a message costs.
inline constexpr std::chrono::milliseconds kSyncPatience{40};
// From the signal to the end of the process.
inline constexpr std::chrono::seconds kStopDeadline{10};
// What Goodbye tells clients: come back after this and jitter.
inline constexpr std::uint32_t kComeBackMs = 1000;

}  // namespace xom::server::limits
