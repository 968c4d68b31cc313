// How a public group is stored (state_records.h): one record of all but the tree, and the tree in
// chunks, of which a commit changes a few.
#include <algorithm>

#include "protocol/mls/fields.h"
#include "protocol/mls/key_index.h"
#include "protocol/mls/public_group.h"

namespace xom::mls {

namespace {

using Pending = std::pair<Hash, ResolvedProposal>;

void write_pending(Output& out, const Pending& pending) {
  out.raw(pending.first.view());
  pending.second.sender.write(out);
  pending.second.proposal.write(out);
}

// kGroup: version, context, tag, has it ended, number of proposals, proposals.
Bytes write_group(const PublicGroup& group) {
  Output out;
  out.u8(kStateVersion);
  group.context().write(out);
  out.vector(group.confirmation_tag());
  out.u8(group.ended() ? 1 : 0);
  out.u32(static_cast<std::uint32_t>(group.pending().size()));
  for (const Pending& pending : group.pending()) write_pending(out, pending);
  return std::move(out).take();
}

struct GroupRecord {
  GroupContext context;
  Bytes confirmation_tag;
  bool ended = false;
  std::vector<Pending> pending;
};

Pending read_pending(Input& in) {
  Pending pending;
  for (std::uint8_t& byte : pending.first.bytes) byte = in.u8();
  pending.second.sender = Sender::read(in);
  pending.second.proposal = Proposal::read(in);
  pending.second.by_reference = true;
  return pending;
}

Result<GroupRecord> read_group(ByteView bytes) {
  Input in(bytes);
  GroupRecord record;
  if (in.u8() != kStateVersion) {
    return fail(ErrorCode::kUnsupportedVersion, "stored state: another version");
  }
  record.context = GroupContext::read(in);
  record.confirmation_tag = read_field(in);
  const std::uint8_t ended = in.u8();
  if (ended > 1) in.refuse(ErrorCode::kMalformed, "stored state: a flag");
  record.ended = ended == 1;
  const std::uint32_t count = in.u32();
  if (count > kMaxPendingProposals) in.refuse(ErrorCode::kTooLarge, "stored state: proposals");
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) record.pending.push_back(read_pending(in));
  if (auto done = in.finish(); !done) return std::unexpected(done.error().during("stored state"));
  return record;
}

}  // namespace

std::vector<Record> PublicGroup::records(const PublicGroup* before) const {
  std::vector<Record> records;
  const Bytes group = write_group(*this);
  if (before == nullptr || group != write_group(*before)) {
    records.push_back({{RecordKind::kGroup, 0}, crypto::SecretBytes(ByteView(group))});
  }
  const std::uint32_t chunks = tree_.chunks();
  for (std::uint32_t i = 0; i < chunks; ++i) {
    if (before != nullptr && tree_.same_chunk(before->tree_, i)) continue;
    const Bytes chunk = tree_.encode_chunk(i);
    // An empty one deletes what was there; in a full list nothing was.
    if (before == nullptr && chunk.empty()) continue;
    records.push_back({{RecordKind::kTree, i}, crypto::SecretBytes(ByteView(chunk))});
  }
  // A tree that shrank has no such chunks any more.
  for (std::uint32_t i = chunks; before != nullptr && i < before->tree_.chunks(); ++i) {
    records.push_back({{RecordKind::kTree, i}, {}});
  }
  return records;
}

Result<PublicGroup> PublicGroup::load(const std::vector<Record>& records) {
  const Record* stored = nullptr;
  std::vector<RatchetTree::Chunk> chunks;
  for (const Record& record : records) {
    if (record.key.kind == RecordKind::kGroup) stored = &record;
    if (record.key.kind == RecordKind::kTree && !record.value.empty()) {
      chunks.push_back({record.key.index, record.value.view()});
    }
  }
  if (stored == nullptr) return fail(ErrorCode::kMalformed, "stored state: no record of the group");
  auto read = read_group(stored->value.view());
  if (!read) return std::unexpected(read.error());
  auto tree = RatchetTree::from_chunks(chunks);
  if (!tree) return std::unexpected(tree.error());
  const Hash tree_hash = tree->tree_hash();
  if (!std::equal(tree_hash.bytes.begin(), tree_hash.bytes.end(), read->context.tree_hash.begin(),
                  read->context.tree_hash.end())) {
    return fail(ErrorCode::kMalformed, "stored state: chunks of another tree");
  }
  PublicGroup group;
  group.keys_ = std::make_shared<KeyIndex>(KeyIndex::of(*tree));
  group.tree_ = std::move(*tree);
  group.context_ = std::move(read->context);
  if (auto ok = group.adopt_tag(read->confirmation_tag); !ok) return std::unexpected(ok.error());
  group.ended_ = read->ended;
  group.pending_ = std::move(read->pending);
  return group;
}

}  // namespace xom::mls
