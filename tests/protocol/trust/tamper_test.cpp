// With one byte changed anywhere in a stored or forwarded alert, it is never official; unchanged,
// it is.
#include <functional>

#include "protocol/trust/log_ids.h"
#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

class Tampering : public World {
 protected:
  // A verifier that is ready for the entry after those in `fed`.
  [[nodiscard]] Verifier replayed() const {
    Verifier fresh(root_fingerprint(root.id()));
    for (const StoredEntry& entry : fed) (void)fresh.feed(root.official.id(), entry.view());
    return fresh;
  }
  [[nodiscard]] bool official(Verifier& target, const StoredEntry& entry) const {
    auto verdict = target.feed(root.official.id(), entry.view());
    return verdict && verdict->official;
  }
  // A refused entry is consumed when its header was good: then a new verifier is needed.
  void never_official(const StoredEntry& entry, const std::function<void()>& restore) {
    EXPECT_FALSE(official(target_, entry));
    if (target_.cursor(root.official.id()) != verifier.cursor(root.official.id())) {
      target_ = replayed();
    }
    restore();
  }
  void flip_every_bit(StoredEntry& entry, Bytes& part) {
    for (std::size_t bit = 0; bit < part.size() * 8; ++bit) {
      SCOPED_TRACE(bit);
      const auto flip = [&] { part[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8)); };
      flip();
      never_official(entry, flip);
    }
  }
  Verifier target_{Hash{}};
};

TEST_F(Tampering, NoFlippedBitOfAnEntryLeavesTheAlertOfficial) {
  target_ = replayed();
  StoredEntry entry = root.official.append(by_people(alert(), publisher));
  flip_every_bit(entry, entry.header);
  flip_every_bit(entry, entry.payload);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    const auto flip = [&] {
      entry.writer.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    };
    flip();
    never_official(entry, flip);
  }
  for (std::size_t bit = 0; bit < 64; ++bit) {
    const auto flip = [&] {
      entry.entry_id = EntryId{raw(entry.entry_id) ^ (std::uint64_t{1} << bit)};
    };
    flip();
    never_official(entry, flip);
  }
  for (std::size_t bit = 0; bit < 32; ++bit) {
    const auto flip = [&] { entry.kind ^= 1U << bit; };
    flip();
    never_official(entry, flip);
  }
  EXPECT_TRUE(official(target_, entry));  // the control
}

// The node itself changes a byte: its header is then good, only the publisher's signature is not.
TEST_F(Tampering, NotEvenTheNodeCanChangeAByteOfWhatAPublisherSigned) {
  const Bytes good = by_people(alert(), publisher);
  for (std::size_t i = 0; i < good.size(); ++i) {
    SCOPED_TRACE(i);
    Bytes bad = good;
    bad[i] ^= 0x01;
    LogMaker log = root.official;
    const StoredEntry entry = log.append(bad);
    target_ = replayed();
    EXPECT_FALSE(official(target_, entry));
  }
  LogMaker log = root.official;
  target_ = replayed();
  EXPECT_TRUE(official(target_, log.append(good)));
}

TEST_F(Tampering, NothingMayBeAddedOrCutOff) {
  const StoredEntry good = root.official.append(by_people(alert(), publisher));
  for (Bytes StoredEntry::* part : {&StoredEntry::header, &StoredEntry::payload}) {
    StoredEntry longer = good;
    (longer.*part).push_back(0);
    target_ = replayed();
    EXPECT_FALSE(official(target_, longer));
    for (std::size_t size = 0; size < (good.*part).size(); ++size) {
      StoredEntry shorter = good;
      (shorter.*part).resize(size);
      EXPECT_FALSE(official(target_, shorter)) << size;
    }
  }
  EXPECT_TRUE(official(target_, good));
}

}  // namespace
}  // namespace xom::trust::test
