// replay FOLDER: runs every target on each file of FOLDER/<target>, for what their coverage is.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "protocol/crypto/crypto.h"
#include "tests/protocol/fuzz/targets.h"

int main(int argc, char** argv) {
  if (argc != 2 || !xom::crypto::initialise()) {
    std::fputs("usage: replay FOLDER\n", stderr);
    return 2;
  }
  for (const xom::fuzz::Target& target : xom::fuzz::targets()) {
    const auto folder = std::filesystem::path(argv[1]) / target.name;
    if (!std::filesystem::is_directory(folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(file), {}};
      (void)target.run(xom::view_of(bytes));
    }
  }
  return 0;
}
