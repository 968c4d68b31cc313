#include "tools/load/login.h"

#include <algorithm>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tools/load/process.h"

namespace xom::load {

namespace {

double thread_cpu_us() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// The median of many: of a statement as long as a login.
double verification_us() {
  const crypto::SigningKey key = device_key(0);
  const Bytes message(128, 0x5a);
  const Signature signature = key.sign(message);
  const auto signer = key.public_key_as<DeviceKey>();
  std::vector<double> times;
  for (int i = 0; i < 1000; ++i) {
    const double before = thread_cpu_us();
    if (!crypto::verify(signer.view(), message, signature)) throw std::runtime_error("verify");
    times.push_back(thread_cpu_us() - before);
  }
  std::ranges::nth_element(times, times.begin() + 500);
  return times[500];
}

}  // namespace

void measure_login(const LoginOptions& options) {
  Clients clients(options.target, options.population, {.group = false});
  const Usage before = usage_of(options.server);
  const auto begin = Clock::now();
  clients.connect(options.at_once, std::chrono::seconds(120));
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const Usage after = usage_of(options.server);
  const auto count = static_cast<double>(clients.size());
  nlohmann::json line;
  line["logins"] = clients.size();
  line["per_second"] = count / seconds;
  line["cpu_us_per_login"] = (after.cpu_us - before.cpu_us) / count;
  line["verification_us"] = verification_us();
  std::cout << line.dump() << std::endl;
}

}  // namespace xom::load
