// make_seeds FOLDER: writes the seed corpus of each target to FOLDER/<target>.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "protocol/crypto/crypto.h"
#include "tests/protocol/fuzz/targets.h"

namespace {
bool write(const std::filesystem::path& folder, const std::vector<xom::fuzz::Seed>& seeds) {
  std::filesystem::create_directories(folder);
  for (const auto& seed : seeds) {
    std::ofstream file(folder / seed.name, std::ios::binary);
    file.write(reinterpret_cast<const char*>(seed.bytes.data()),
               static_cast<std::streamsize>(seed.bytes.size()));
    if (!file.flush()) return false;
  }
  return true;
}
}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !xom::crypto::initialise()) {
    std::fputs("usage: make_seeds FOLDER\n", stderr);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  bool ok = true;
  for (const xom::fuzz::Target& target : xom::fuzz::targets()) {
    ok = write(folder / target.name, target.seeds()) && ok;
  }
  return ok ? 0 : 1;
}
