// Every limit of the trusted core, with unit and reason. Sizes of the envelope stand in
// statement.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace xom::trust {

// Text, in bytes of UTF-8 (Vietnamese needs up to 3 a letter).
inline constexpr std::size_t kMaxName = 256;   // names of people, nodes, units: a badge is one line
inline constexpr std::size_t kMaxLevel = 64;   // "Tổ dân phố"
inline constexpr std::size_t kMaxUnitId = 64;  // "kp1/to5"
inline constexpr std::size_t kMaxReason = 512;   // of a revocation
inline constexpr std::size_t kMaxCategory = 32;  // CAP's categories are single words
inline constexpr std::size_t kMaxEvent = 128;
inline constexpr std::size_t kMaxHeadline = 480;  // CAP advises 160 characters
inline constexpr std::size_t kMaxDescription =
    6000;  // one screenful and a half; leaves room in kMaxBody
inline constexpr std::size_t kMaxInstruction = 3000;
inline constexpr std::size_t kMaxContact = 128;
inline constexpr std::size_t kMaxLanguage = 16;  // RFC 5646 tags in use are short
inline constexpr std::size_t kMaxTitle = 480;
inline constexpr std::size_t kMaxPostBody = 12000;
inline constexpr std::size_t kMaxHousehold = 64;

// Counts inside one statement.
inline constexpr std::size_t kMaxDevices = 8;  // of one account (RULES)
inline constexpr std::size_t kMaxAppointedUnits = 64;
inline constexpr std::size_t kMaxAreas = 64;
inline constexpr std::size_t kMaxReferences = 16;

// What a Verifier holds in memory. Above: the statement is refused with kTooLarge.
inline constexpr std::size_t kMaxNodes = 4096;  // a province has about 170 wards
inline constexpr std::size_t kMaxDepth = 16;    // of nodes, and of units in a node
inline constexpr std::size_t kMaxUnitsPerNode =
    4096;  // a ward of 126,000 people has some 500 cells
inline constexpr std::size_t kMaxCertificatesPerNode = 64;  // renewals and new machines
inline constexpr std::size_t kMaxAppointmentsPerNode = 16384;
inline constexpr std::size_t kMaxAlertIdsPerNode = 65536;  // remembered against replay
inline constexpr std::size_t kMaxAlertsPerNode =
    512;  // the newest are kept whole, older ones only by id
inline constexpr std::size_t kRecentHeaders = 64;  // hashes kept per log to find forks

// A head older than this is "may be missing something" (RULES: signed every 10 minutes).
inline constexpr std::int64_t kHeadFreshMs = 60 * 60 * 1000;

}  // namespace xom::trust
