// xom_power_loss ROUNDS SEED [--sabotage=nosync|early-ack]: exit 1 if a promise was broken.
#include <charconv>
#include <cstdio>
#include <string_view>

#include "tests/storage/power_loss.h"

namespace {

bool parse(std::string_view text, std::uint64_t& number) {
  const auto done = std::from_chars(text.data(), text.data() + text.size(), number);
  return done.ec == std::errc() && done.ptr == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  using xom::storage::testing::Sabotage;
  xom::storage::testing::PowerLossPlan plan;
  bool good = argc >= 3 && argc <= 4 && parse(argv[1], plan.rounds) && parse(argv[2], plan.seed);
  if (good && argc == 4) {
    const std::string_view option = argv[3];
    if (option == "--sabotage=nosync") {
      plan.sabotage = Sabotage::kNoSync;
    } else if (option == "--sabotage=early-ack") {
      plan.sabotage = Sabotage::kAckBeforeSync;
    } else {
      good = false;
    }
  }
  if (!good) {
    std::fprintf(stderr, "usage: xom_power_loss ROUNDS SEED [--sabotage=nosync|early-ack]\n");
    return 2;
  }
  const auto report = lose_power(plan);
  std::printf(
      "rounds %llu, cut in the middle of a change %llu, appends %llu, told %llu, "
      "stored though never answered %llu, violations %zu\n",
      static_cast<unsigned long long>(report.rounds),
      static_cast<unsigned long long>(report.cut_short),
      static_cast<unsigned long long>(report.appends),
      static_cast<unsigned long long>(report.notices),
      static_cast<unsigned long long>(report.retries), report.violations.size());
  for (const auto& violation : report.violations) std::printf("violation: %s\n", violation.c_str());
  return report.violations.empty() ? 0 : 1;
}
