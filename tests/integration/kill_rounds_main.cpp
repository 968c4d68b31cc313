// xom_kill_rounds ROUNDS SEED
#include <cstdlib>
#include <iostream>

#include "tests/integration/kill_rounds.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: xom_kill_rounds ROUNDS SEED\n";
    return 2;
  }
  const auto report = xom::test::kill_rounds(std::strtoull(argv[1], nullptr, 10),
                                             std::strtoull(argv[2], nullptr, 10));
  if (!report) {
    std::cerr << "failed: " << report.error().message << "\n";
    return 1;
  }
  std::cout << report->rounds << " rounds, " << report->acknowledged << " appends acknowledged, "
            << report->pushed << " pushed, " << report->stored
            << " entries stored: none lost, none doubled, no gap\n";
  return 0;
}
