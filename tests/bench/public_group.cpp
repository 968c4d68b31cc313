// xom_bench_core: what an update costs a node that follows a group without secrets (PublicGroup),
// beside its signature verifications alone. A line of JSON for each size of group and kind of tree;
// times in milliseconds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "protocol/mls/message_protection.h"
#include "tests/protocol/mls/mls_world.h"

namespace {

using namespace xom;
using namespace xom::mls;
using testing::MlsWorld;

constexpr int kRounds = 400;

double milliseconds(auto&& work) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// A signature over as many bytes as one of the update covers: what Ed25519 costs depends on that.
struct Signed {
  Bytes message;
  Signature signature;
  DeviceKey key;
  Signed(std::size_t size, crypto::Random& random) : message(size) {
    random.fill(message);
    const auto signer = crypto::SigningKey::generate(random);
    signature = signer.sign(message);
    key = signer.public_key_as<DeviceKey>();
  }
  void verify() const {
    if (!crypto::verify(key.bytes, message, signature)) std::abort();
  }
};

void measure(std::uint32_t members, bool used) {
  MlsWorld world(members, used ? members : 0);
  const AuthenticatedContent update = world.commit(members / 2, {});
  const ContentBytes covered(update.wire_format, update.content, world.group().context());
  const Bytes leaf = encode(std::get<Commit>(update.content.content).path->leaf_node);
  const Signed content(covered.to_be_signed().size(), world.random());
  const Signed of_leaf(leaf.size(), world.random());

  // In turns and one at a time: what takes the processor away for a while meets few of either.
  std::vector<double> staged, verified;
  for (int round = 0; round < kRounds; ++round) {
    AuthenticatedContent copy = update;
    staged.push_back(milliseconds([&] {
      if (!world.group().stage(std::move(copy), no_policy())) std::abort();
    }));
    verified.push_back(milliseconds([&] {
      content.verify();
      of_leaf.verify();
    }));
  }
  std::printf(
      "{\"members\": %u, \"tree\": \"%s\", \"ms\": %.5f, \"signatures\": %.5f, \"bytes\": %zu}\n",
      members, used ? "used" : "fresh", median(staged), median(verified),
      encode(Message{PublicMessage{update.content, update.auth, Bytes(32)}}).size());
  std::fflush(stdout);
}

}  // namespace

int main() {
  if (!crypto::initialise()) return 1;
  for (const std::uint32_t members : {50U, 200U, 500U, 1000U}) {
    for (const bool used : {false, true}) measure(members, used);
  }
  return 0;
}
