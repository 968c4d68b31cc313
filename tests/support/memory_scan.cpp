#include "tests/support/memory_scan.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <fstream>

namespace xom::test {

namespace {

constexpr std::uint8_t kMask = 0xA5;
constexpr std::size_t kPart = 16;  // what a vector register moves at once
constexpr std::size_t kWindow = 1 << 20;
constexpr std::uint64_t kLargestArea = 1ULL << 27;  // a sanitizer's shadow is larger

// The only copy that the scan makes; left out of the scan, wiped after it.
std::array<std::uint8_t, kWindow> window;

struct Area {
  std::uint64_t begin = 0, end = 0;
};

std::vector<Area> writable_areas() {
  std::vector<Area> areas;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    Area area;
    const char* const last = line.data() + line.size();
    const auto begin = std::from_chars(line.data(), last, area.begin, 16);
    const auto end = std::from_chars(begin.ptr + 1, last, area.end, 16);
    const bool writable = last - end.ptr > 3 && end.ptr[1] == 'r' && end.ptr[2] == 'w';
    if (writable && area.end - area.begin < kLargestArea) areas.push_back(area);
  }
  return areas;
}

// Unmasked one byte at a time: the secret itself never stands in memory.
bool stands_at(const std::uint8_t* place, const std::uint8_t* masked) {
  for (std::size_t i = 0; i < kPart; ++i) {
    if ((place[i] ^ masked[i]) != kMask) return false;
  }
  return true;
}

std::size_t places_of(const std::uint8_t* masked, ByteView seen) {
  std::size_t found = 0;
  const std::uint8_t* at = seen.data();
  const std::uint8_t* const last = seen.data() + seen.size() - kPart;
  while (at <= last) {
    const auto left = static_cast<std::size_t>(last - at) + 1;
    at = static_cast<const std::uint8_t*>(std::memchr(at, masked[0] ^ kMask, left));
    if (at == nullptr) break;
    if (stands_at(at, masked)) ++found;
    ++at;
  }
  return found;
}

std::size_t places_in(Area area, int memory, ByteView masked) {
  std::size_t found = 0;
  for (std::uint64_t at = area.begin; at + kPart <= area.end; at += kWindow - kPart + 1) {
    const std::size_t size = std::min<std::uint64_t>(kWindow, area.end - at);
    const ssize_t got = ::pread(memory, window.data(), size, static_cast<off_t>(at));
    if (got < static_cast<ssize_t>(kPart)) continue;
    const ByteView seen = ByteView(window).first(static_cast<std::size_t>(got));
    found += places_of(masked.data(), seen);
    found += places_of(masked.data() + masked.size() - kPart, seen);
  }
  return found;
}

}  // namespace

Needle::Needle(ByteView secret) {
  masked_.reserve(secret.size());
  for (const std::uint8_t byte : secret) masked_.push_back(byte ^ kMask);
}

std::size_t Needle::places() const {
  const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  std::size_t found = 0;
  const auto own = reinterpret_cast<std::uint64_t>(window.data());
  for (const Area& area : writable_areas()) {
    const bool holds_window = area.begin <= own && own < area.end;
    if (!holds_window) {
      found += places_in(area, memory, masked_);
      continue;
    }
    found += places_in({area.begin, own}, memory, masked_);
    found += places_in({own + kWindow, area.end}, memory, masked_);
  }
  ::close(memory);
  sodium_memzero(window.data(), window.size());
  return found;
}

bool can_scan_memory() { return ::access("/proc/self/mem", R_OK) == 0; }

}  // namespace xom::test
