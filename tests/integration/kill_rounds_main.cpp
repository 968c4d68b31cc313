// xom_kill_rounds ROUNDS SEED: exit code 1 if a promise was broken.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/integration/kill_rounds.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: xom_kill_rounds ROUNDS SEED\n");
    return 2;
  }
  try {
    const auto report =
        xom::test::kill_rounds(std::atoi(argv[1]), std::strtoull(argv[2], nullptr, 10));
    std::printf("%d rounds, %llu appends acknowledged, %llu pushed, %llu entries stored\n",
                report.rounds, static_cast<unsigned long long>(report.acknowledged),
                static_cast<unsigned long long>(report.pushed),
                static_cast<unsigned long long>(report.stored));
    if (report.violation.empty()) return 0;
    std::printf("VIOLATION: %s\n", report.violation.c_str());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  return 1;
}
