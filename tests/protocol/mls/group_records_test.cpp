#include <set>

#include "protocol/mls/group.h"
#include "tests/protocol/mls/crew.h"

namespace xom::mls {
namespace {

using testing::Crew;

using Store = std::map<RecordKey, crypto::SecretBytes>;

void apply(Store& store, std::vector<Record> records) {
  for (Record& record : records) {
    if (record.value.empty()) {
      store.erase(record.key);
    } else {
      store[record.key] = std::move(record.value);
    }
  }
}
std::vector<Record> all_of(const Store& store) {
  std::vector<Record> records;
  for (const auto& [key, value] : store) records.push_back({key, value.clone()});
  return records;
}
std::multiset<RecordKind> kinds(const std::vector<Record>& records) {
  std::multiset<RecordKind> found;
  for (const Record& record : records) found.insert(record.key.kind);
  return found;
}
void expect_same(const Store& store, const Group& group) {
  Store full;
  apply(full, group.records());
  ASSERT_EQ(store.size(), full.size());
  for (const auto& [key, value] : full) {
    ASSERT_TRUE(store.contains(key)) << int(key.kind) << ' ' << key.index;
    EXPECT_EQ(to_hex(store.at(key).view()), to_hex(value.view())) << int(key.kind);
  }
}

TEST(GroupRecords, LoadedStateGoesOn) {
  Crew crew(5);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < 5; ++i) {
      auto loaded = Group::load(crew.group(i).records());
      ASSERT_TRUE(loaded) << loaded.error().message;
      EXPECT_EQ(loaded->self(), crew.group(i).self());
      crew[i].group = std::move(*loaded);
    }
    crew.expect_agreement();
    crew.propose(1, {Update{*crew.group(1).public_group().tree().leaf(crew.group(1).self())}});
    auto loaded = Group::load(crew.group(1).records());
    ASSERT_TRUE(loaded) << loaded.error().message;
    crew[1].group = std::move(*loaded);
    crew.accept(3, crew.commit(3, {}, true));
    auto sent = crew.group(4).encrypt(view_of("a"), {}, crew.by(4));
    ASSERT_TRUE(sent);
    auto reader = Group::load(crew.group(0).records());
    ASSERT_TRUE(reader);
    EXPECT_TRUE(reader->decrypt_in_place(sent->message));
    auto again = Group::load(reader->records());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->decrypt(sent->message).error().code, ErrorCode::kNotFound);
  }
}

TEST(GroupRecords, MessageChangesOneSender) {
  Crew crew(40);
  Store store;
  apply(store, crew.group(0).records());
  for (int i = 0; i < 3; ++i) {
    auto sent = crew.group(0).encrypt(view_of("a"), {}, crew.by(0));
    ASSERT_TRUE(sent);
    auto records = sent->next.records(&crew.group(0));
    const auto found = kinds(records);
    EXPECT_EQ(found.count(RecordKind::kSender), 1U);
    EXPECT_LE(found.count(RecordKind::kSecrets), 1U);
    EXPECT_EQ(found.size(), found.count(RecordKind::kSender) + found.count(RecordKind::kSecrets));
    // Only the first message of a sender uses up secrets of the tree.
    if (i > 0) {
      EXPECT_EQ(found.count(RecordKind::kSecrets), 0U);
    }
    apply(store, std::move(records));
    crew[0].group = std::move(sent->next);
    expect_same(store, crew.group(0));
  }
}

TEST(GroupRecords, CommitChangesOnlyTheTreeRecordsThatItTouches) {
  Crew crew(40);
  Store store;
  apply(store, crew.group(0).records());
  const auto follow = [&](std::size_t committer, std::vector<Proposal> proposals) {
    const Group before = crew.group(0);
    crew.accept(committer, crew.commit(committer, std::move(proposals)));
    auto records = crew.group(0).records(&before);
    const auto found = kinds(records);
    apply(store, std::move(records));
    expect_same(store, crew.group(0));
    return found.count(RecordKind::kTree);
  };
  const std::size_t chunks = kinds(crew.group(0).records()).count(RecordKind::kTree);
  EXPECT_GE(chunks, 3U);
  // The leaf's chunk, and those that hold the nodes above.
  EXPECT_LT(follow(1, {}), chunks);
  (void)follow(2, {{Remove{LeafIndex{30}}}, {Remove{LeafIndex{31}}}});
  (void)follow(3, {crew.add(crew.outsider())});
}

TEST(GroupRecords, ShrinkingTreeLeavesNothingBehind) {
  Crew crew(40);
  Store store;
  for (std::size_t sender : {5U, 35U}) {
    auto sent = crew.group(sender).encrypt(view_of("a"), {}, crew.by(sender));
    ASSERT_TRUE(sent);
    ASSERT_TRUE(crew.group(0).decrypt_in_place(sent->message));
  }
  apply(store, crew.group(0).records());
  const Group before = crew.group(0);
  std::vector<Proposal> removes;
  for (std::uint32_t i = 10; i < 40; ++i) removes.push_back({Remove{LeafIndex{i}}});
  crew.accept(0, crew.commit(0, std::move(removes)));
  apply(store, crew.group(0).records(&before));
  expect_same(store, crew.group(0));
  auto loaded = Group::load(all_of(store));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(to_hex(loaded->epoch_authenticator()), to_hex(crew.group(1).epoch_authenticator()));
}

TEST(GroupRecords, DamagedOnesAreRefused) {
  Crew crew(3);
  Store store;
  apply(store, crew.group(0).records());
  for (const auto& entry : store) {
    const RecordKey key = entry.first;
    if (key.kind == RecordKind::kSender) continue;
    std::vector<Record> missing = all_of(store);
    std::erase_if(missing, [&](const Record& record) { return record.key == key; });
    EXPECT_FALSE(Group::load(missing)) << int(key.kind);
    std::vector<Record> cut = all_of(store);
    for (Record& record : cut) {
      if (record.key != key) continue;
      record.value = crypto::SecretBytes(record.value.view().first(record.value.size() - 1));
    }
    EXPECT_FALSE(Group::load(cut)) << int(key.kind);
  }
  EXPECT_TRUE(Group::load(all_of(store)));
}

}  // namespace
}  // namespace xom::mls
