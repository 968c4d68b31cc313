// A member's state as records: kEpoch, kSecrets and kSender beside those of its public half.
#include <algorithm>

#include "protocol/mls/group.h"

namespace xom::mls {

namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kMaxStoredKeys = 64;  // a direct path, and Updates of one epoch
using SharedSecret = std::shared_ptr<const Secret>;
using OwnUpdates = std::map<Bytes, SharedSecret>;

// Of all secrets in the order in which they are stored; `encryption` is used up.
template <class Epoch>
auto stored(Epoch& secrets) {
  return std::array{&secrets.sender_data,
                    &secrets.exporter,
                    &secrets.external,
                    &secrets.confirmation_key,
                    &secrets.membership_key,
                    &secrets.resumption_psk,
                    &secrets.epoch_authenticator,
                    &secrets.init};
}

// Into memory of the final size: memory that is grown leaves copies of secrets behind.
class Filler {
 public:
  explicit Filler(std::size_t size) : bytes_(size), rest_(bytes_.mutable_view()) {}
  void u32(std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      rest_[0] = static_cast<std::uint8_t>(value >> shift);
      rest_ = rest_.subspan(1);
    }
  }
  void raw(ByteView bytes) {
    std::copy(bytes.begin(), bytes.end(), rest_.begin());
    rest_ = rest_.subspan(bytes.size());
  }
  [[nodiscard]] crypto::SecretBytes take() && { return std::move(bytes_); }

 private:
  crypto::SecretBytes bytes_;
  std::span<std::uint8_t> rest_;
};

crypto::SecretBytes write_epoch(const EpochSecrets& secrets, const TreePrivateKeys& keys,
                                const OwnUpdates& updates) {
  const auto all = stored(secrets);
  Filler out(3 * 4 + all.size() * kSecretBytes + keys.keys.size() * (4 + kSecretBytes) +
             updates.size() * 2 * kSecretBytes);
  out.u32(raw(keys.self));
  for (const Secret* secret : all) out.raw(secret->view());
  out.u32(static_cast<std::uint32_t>(keys.keys.size()));
  for (const auto& [node, key] : keys.keys) {
    out.u32(raw(node));
    out.raw(key->view());
  }
  out.u32(static_cast<std::uint32_t>(updates.size()));
  for (const auto& [public_key, key] : updates) {
    out.raw(public_key);
    out.raw(key->view());
  }
  return std::move(out).take();
}

// Reads what Filler wrote; too few bytes give zeros and are told at the end.
class Drawer {
 public:
  explicit Drawer(ByteView bytes) : rest_(bytes) {}
  std::uint32_t u32() {
    std::uint32_t value = 0;
    for (std::uint8_t byte : raw(4)) value = value << 8 | byte;
    return value;
  }
  std::uint32_t count() { return std::min<std::uint32_t>(u32(), kMaxStoredKeys + 1); }
  ByteView raw(std::size_t size) {
    static constexpr std::array<std::uint8_t, kSecretBytes> zeros{};
    if (rest_.size() < size) {
      short_ = true;
      return ByteView(zeros).first(size);
    }
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  SharedSecret secret() { return std::make_shared<const Secret>(raw(kSecretBytes)); }
  [[nodiscard]] bool complete() const { return !short_ && rest_.empty(); }

 private:
  ByteView rest_;
  bool short_ = false;
};

struct EpochRecord {
  EpochSecrets secrets;
  TreePrivateKeys keys;
  OwnUpdates updates;
};
Result<EpochRecord> read_epoch(ByteView bytes, const RatchetTree& tree) {
  EpochRecord record;
  Drawer in(bytes);
  record.keys.self = LeafIndex{in.u32()};
  for (Secret* secret : stored(record.secrets)) *secret = Secret(in.raw(kSecretBytes));
  for (std::uint32_t i = in.count(); i > 0; --i) {
    const NodeIndex node{in.u32()};
    record.keys.keys[node] = in.secret();
  }
  for (std::uint32_t i = in.count(); i > 0; --i) {
    const ByteView public_key = in.raw(kSecretBytes);
    record.updates[Bytes(public_key.begin(), public_key.end())] = in.secret();
  }
  const auto inside = [&](const auto& entry) { return tree.size().contains(entry.first); };
  if (!in.complete() || !tree.leaf(record.keys.self) ||
      !std::all_of(record.keys.keys.begin(), record.keys.keys.end(), inside)) {
    return fail(ErrorCode::kMalformed, "stored state: the record of an epoch");
  }
  return record;
}

const Record* find_record(const std::vector<Record>& records, RecordKind kind) {
  const auto found = std::find_if(records.begin(), records.end(),
                                  [&](const Record& record) { return record.key.kind == kind; });
  return found == records.end() ? nullptr : &*found;
}

// Leaves whose ratchets are not as `before` knows them; all, if it knows none.
std::vector<LeafIndex> changed_senders(const SecretTree& now, const SecretTree* before) {
  if (before) return now.changed_since(*before);
  std::vector<LeafIndex> all(now.size().leaves);
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = LeafIndex{i};
  return all;
}

}  // namespace

std::vector<Record> Group::records(const Group* before) const {
  std::vector<Record> records = public_.records(before ? &before->public_ : nullptr);
  if (!before || before->secrets_ != secrets_ || before->self() != self() ||
      before->private_keys_.keys != private_keys_.keys || before->own_updates_ != own_updates_) {
    records.push_back(
        {{RecordKind::kEpoch, 0}, write_epoch(*secrets_, private_keys_, own_updates_)});
  }
  const SecretTree* old = before ? &before->secret_tree_ : nullptr;
  if (!old || secret_tree_.nodes_changed_since(*old)) {
    records.push_back({{RecordKind::kSecrets, 0}, secret_tree_.write_nodes()});
  }
  for (LeafIndex sender : changed_senders(secret_tree_, old)) {
    Record record{{RecordKind::kSender, raw(sender)}, {}};
    secret_tree_.write_sender(sender, record.value);
    // An empty one deletes what was there; in a full list nothing was.
    if (old || !record.value.empty()) records.push_back(std::move(record));
  }
  // A tree that shrank has no places for the senders that were there.
  for (std::uint32_t i = secret_tree_.size().leaves; old && i < old->size().leaves; ++i) {
    records.push_back({{RecordKind::kSender, i}, {}});
  }
  return records;
}

Result<Group> Group::load(const std::vector<Record>& records) {
  auto public_group = PublicGroup::load(records);
  if (!public_group) return std::unexpected(public_group.error());
  const Record* epoch = find_record(records, RecordKind::kEpoch);
  const Record* nodes = find_record(records, RecordKind::kSecrets);
  if (!epoch || !nodes) return fail(ErrorCode::kMalformed, "stored state: a record is missing");
  auto read = read_epoch(epoch->value.view(), public_group->tree());
  if (!read) return std::unexpected(read.error());
  auto tree = SecretTree::read_nodes(public_group->tree().size(), nodes->value.view());
  if (!tree) return std::unexpected(tree.error());
  for (const Record& record : records) {
    if (record.key.kind != RecordKind::kSender || record.value.empty()) continue;
    auto done = tree->read_sender(LeafIndex{record.key.index}, record.value.view());
    if (!done) return std::unexpected(done.error());
  }
  Group group;
  group.public_ = std::move(*public_group);
  group.private_keys_ = std::move(read->keys);
  group.secrets_ = std::make_shared<const EpochSecrets>(std::move(read->secrets));
  group.secret_tree_ = std::move(*tree);
  group.own_updates_ = std::move(read->updates);
  return group;
}

}  // namespace xom::mls
