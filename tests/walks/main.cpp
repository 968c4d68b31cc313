// xom-walks [--seed N] [--steps N] [--members N]: a random walk of the trusted core's clients. The
// exit code is 1 if a promise was broken.
#include <charconv>
#include <cstdio>
#include <cstring>

#include "tests/walks/walk.h"

namespace {

bool read_number(const char* text, std::uint64_t& number) {
  const char* end = text + std::strlen(text);
  const auto read = std::from_chars(text, end, number);
  return read.ec == std::errc() && read.ptr == end;
}

int usage() {
  std::fputs("usage: xom-walks [--seed N] [--steps N] [--members N (3 to 200)]\n", stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 1;
  std::uint64_t steps = 10'000;
  std::uint64_t members = 60;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    std::uint64_t* number = name == "--seed"      ? &seed
                            : name == "--steps"   ? &steps
                            : name == "--members" ? &members
                                                  : nullptr;
    if (!number || i + 1 == argc || !read_number(argv[i + 1], *number)) return usage();
  }
  if (members < 3 || members > 200 || !xom::crypto::initialise()) return usage();
  try {
    const auto counts = xom::walks::Walk({seed, steps, members}).run();
    const auto n = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "seed %llu: %llu steps, %llu commits (%llu lost races, %llu added, %llu removed, %llu "
        "re-entries), %llu proposals, %llu pre-shared keys, %llu messages sent, %llu lost, %llu "
        "read, %llu states loaded, %llu attempts by removed members; up to %llu members\n",
        n(seed), n(steps), n(counts.commits), n(counts.lost_races), n(counts.adds),
        n(counts.removes), n(counts.reentries), n(counts.proposals), n(counts.psks), n(counts.sent),
        n(counts.lost), n(counts.read), n(counts.reloads), n(counts.attacks), n(counts.largest));
    return 0;
  } catch (const xom::walks::Broken& broken) {
    std::printf("broken: %s\n", broken.what());
    return 1;
  }
}
