// xom-vectors FILE...: runs each file and prints "FILE: format passed failed skipped [failure]".
#include <cstdio>
#include <fstream>
#include <iterator>

#include "protocol/crypto/crypto.h"
#include "tests/vectors/run.h"

int main(int argc, char** argv) {
  if (!xom::crypto::initialise()) return 2;
  int failed = 0;
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "xom-vectors: cannot read %s\n", argv[i]);
      return 2;
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto outcome = xom::vectors::run(text);
    failed += outcome.failed;
    std::printf("%s: %s\n", argv[i], outcome.line().c_str());
  }
  return failed == 0 ? 0 : 1;
}
