#include "protocol/wasm/group_answers.h"

#include "protocol/mls/limits.h"

namespace xom::wasm {

using namespace mls;

namespace {

ByteView facts_of(const LeafNode& leaf) {
  const Bytes* facts = find(leaf.extensions, ExtensionType::kLeafFacts);
  return facts == nullptr ? ByteView{} : ByteView{*facts};
}

// Field numbers and lengths of a record, at most.
constexpr std::size_t kRecordFrame = 32;

}  // namespace

Bytes encode_leaf(LeafIndex index, const LeafNode& leaf) {
  return codec::Writer{}
      .u64(1, raw(index))
      .bytes(2, leaf.credential.identity)
      .bytes(3, leaf.signature_key)
      .bytes(4, facts_of(leaf))
      .take();
}

Bytes encode_leaves(const RatchetTree& tree) {
  codec::Writer out;
  for (const LeafIndex member : tree.members()) {
    out.element(1, encode_leaf(member, *tree.leaf(member)));
  }
  return out.take();
}

Bytes encode_added(LeafIndex index, const KeyPackage& added) {
  return codec::Writer{}
      .element(1, encode_leaf(index, added.leaf_node))
      .fixed(2, added.reference())
      .u64(3, added.leaf_node.lifetime.not_before)
      .u64(4, added.leaf_node.lifetime.not_after)
      .take();
}

Bytes encode_standing(const Group& group) {
  const GroupContext& context = group.public_group().context();
  const Bytes* policy = find(context.extensions, ExtensionType::kPolicy);
  return codec::Writer{}
      .bytes(1, context.group_id)
      .u64(2, raw(context.epoch))
      .u64(3, raw(group.self()))
      .boolean(4, group.public_group().ended())
      .bytes(5, policy == nullptr ? ByteView{} : ByteView{*policy})
      .take();
}

Bytes encode_processed(const PublicGroup& before, const StagedCommit& commit) {
  codec::Writer out;
  out.boolean(2, commit.external);
  const RatchetTree& tree = commit.external ? commit.after->tree() : before.tree();
  if (const LeafNode* committer = tree.leaf(commit.committer)) {
    out.element(3, encode_leaf(commit.committer, *committer));
  }
  out.bytes(4, commit.authenticated_data);
  bool by_reference = false;
  bool others = false;
  std::size_t adds = 0;
  for (const ResolvedProposal& resolved : commit.proposals) {
    by_reference = by_reference || resolved.by_reference;
    const auto* add = std::get_if<Add>(&resolved.proposal.value);
    if (add != nullptr && adds < commit.added.size()) {
      out.element(5, encode_added(commit.added[adds++], add->key_package));
    } else if (!std::holds_alternative<Remove>(resolved.proposal.value)) {
      others = true;
    }
  }
  for (const LeafIndex removed : commit.removed) {
    if (const LeafNode* leaf = before.tree().leaf(removed)) {
      out.element(6, encode_leaf(removed, *leaf));
    }
  }
  for (const LeafIndex updated : commit.updated) {
    out.element(7, codec::Writer{}.u64(1, raw(updated)).take());
  }
  out.boolean(8, by_reference).boolean(9, others).boolean(10, commit.commit.path.has_value());
  return out.take();
}

Bytes encode_records(const std::vector<Record>& records) {
  std::size_t size = 0;
  for (const Record& record : records) size += record.value.size() + kRecordFrame;
  codec::Writer out(size);
  for (const Record& record : records) {
    Bytes one = codec::Writer(record.value.size() + kRecordFrame)
                    .enumeration(1, record.key.kind)
                    .u64(2, record.key.index)
                    .bytes(3, record.value.view())
                    .take();
    out.element(1, one);
    wipe(one);
  }
  return out.take();
}

Result<std::vector<Record>> decode_records(ByteView bytes) {
  std::vector<Record> records;
  codec::Reader in(bytes);
  while (const auto element = in.element(1, kMaxMessageBytes)) {
    codec::Reader one(*element);
    Record record;
    record.key.kind = one.enumeration(1, RecordKind::kSender);
    record.key.index = one.u32(2);
    record.value = crypto::SecretBytes(one.bytes(3, kMaxMessageBytes));
    if (auto done = one.finish(); !done) return std::unexpected(done.error());
    records.push_back(std::move(record));
  }
  if (auto done = in.finish(); !done) return std::unexpected(done.error());
  return records;
}

}  // namespace xom::wasm
