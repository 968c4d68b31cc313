// The fuzz targets on their seeds, and on every seed with one byte set to each of some telling
// values, cut off, or made longer.
#include <gtest/gtest.h>

#include "protocol/crypto/crypto.h"
#include "protocol/outline/outline.h"
#include "protocol/trust/statement.h"
#include "tests/protocol/fuzz/targets.h"

namespace xom::fuzz {
namespace {

void mutate(const Seed& seed, void (*target)(ByteView)) {
  target(seed.bytes);
  for (std::size_t i = 0; i < seed.bytes.size(); ++i) {
    target(ByteView(seed.bytes).first(i));
    for (int value : {0x00, 0x01, 0x7F, 0x80, 0xFF, seed.bytes[i] ^ 1, seed.bytes[i] + 1}) {
      Bytes changed = seed.bytes;
      changed[i] = static_cast<std::uint8_t>(value);
      target(changed);
    }
    Bytes longer = seed.bytes;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), 0x80);
    target(longer);
  }
}

TEST(FuzzTargets, HoldOnMutatedStatements) {
  ASSERT_TRUE(crypto::initialise());
  const auto seeds = statement_seeds();
  ASSERT_EQ(seeds.size(), 36U);
  for (const Seed& seed : seeds) {
    SCOPED_TRACE(seed.name);
    if (seed.bytes[0] == 0) {
      EXPECT_TRUE(trust::Statement::decode(ByteView(seed.bytes).subspan(1)).has_value());
    }
    mutate(seed, statement);
  }
}

TEST(FuzzTargets, HoldOnMutatedMlsMessages) {
  for (const Seed& seed : mls_seeds()) {
    SCOPED_TRACE(seed.name);
    EXPECT_TRUE(outline::read_message(seed.bytes).has_value());
    mutate(seed, mls_message);
  }
}

}  // namespace
}  // namespace xom::fuzz
