// What comes back from storage or with a GroupInfo: records of a state, and the tree.
#include "tests/protocol/fuzz/agreement.h"
#include "tests/protocol/fuzz/group_world.h"
#include "tests/protocol/fuzz/targets.h"

namespace xom::fuzz {

namespace {

using namespace mls;

constexpr std::size_t kMaxRecords = 64;
constexpr std::size_t kMaxRecordBytes = 1 << 20;

// kind, index, value; each record after the other.
std::vector<Record> read_records(ByteView input) {
  Input in(input);
  std::vector<Record> records;
  while (!in.empty() && records.size() < kMaxRecords) {
    const RecordKind kind{in.u8()};
    const std::uint32_t index = in.u32();
    records.push_back({{kind, index}, crypto::SecretBytes(in.vector(kMaxRecordBytes))});
  }
  return records;
}
Bytes write_records(const std::vector<Record>& records) {
  Output out;
  for (const Record& record : records) {
    out.u8(raw(record.key.kind));
    out.u32(record.key.index);
    out.vector(record.value.view());
  }
  return std::move(out).take();
}

// What was loaded is stored in a form that is loaded as the same.
template <class T>
bool load(const std::vector<Record>& records) {
  const auto loaded = T::load(records);
  if (!loaded) return false;
  const auto stored = loaded->records();
  const auto again = T::load(stored);
  require(again.has_value());
  require(write_records(again->records()) == write_records(stored));
  return true;
}

}  // namespace

bool tree(ByteView input) {
  const auto tree = RatchetTree::decode(input);
  if (!tree) return false;
  require(same(tree->encode(), input));
  (void)tree->tree_hash();
  for (const LeafIndex leaf : tree->members()) (void)tree->filtered_direct_path(leaf);
  (void)tree->resolution(tree->size().root());
  return true;
}

bool records(ByteView input) {
  const auto read = read_records(input);
  const bool follows = load<PublicGroup>(read);
  return load<Group>(read) || follows;
}

std::vector<Seed> tree_seeds() {
  std::vector<Seed> seeds;
  const auto& states = world().states;
  for (std::size_t i = 0; i < states.size(); ++i) {
    seeds.push_back({"state-" + std::to_string(i), states[i].public_group().tree().encode()});
  }
  seeds.push_back({"welcomed", world().welcomed->public_group().tree().encode()});
  return seeds;
}

std::vector<Seed> records_seeds() {
  std::vector<Seed> seeds;
  const auto& states = world().states;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const std::string name = std::to_string(i);
    seeds.push_back({"member-" + name, write_records(states[i].records())});
    seeds.push_back({"public-" + name, write_records(states[i].public_group().records())});
  }
  return seeds;
}

}  // namespace xom::fuzz
