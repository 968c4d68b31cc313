#include "protocol/admission/facts.h"

#include <algorithm>

#include "protocol/admission/limits.h"
#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"

namespace xom::admission {

namespace {

Bytes copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

Result<AddProof> decode_proof(ByteView bytes) {
  codec::Reader r(bytes);
  AddProof proof;
  proof.voucher = copy(r.bytes(1, trust::kMaxStatement));
  proof.join_request = copy(r.bytes(2, trust::kMaxStatement));
  proof.key_package = r.fixed<trust::KeyPackageRef>(3);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("proof of an Add"));
  return proof;
}

}  // namespace

Bytes LeafFacts::encode() const {
  codec::Writer w;
  w.bytes(1, device_list);
  if (voucher) w.fixed(2, *voucher);
  return w.take();
}

Result<LeafFacts> LeafFacts::decode(ByteView bytes) {
  codec::Reader r(bytes);
  LeafFacts facts;
  facts.device_list = copy(r.bytes(1, trust::kMaxStatement));
  const ByteView voucher = r.bytes(2, StatementId::kSize);
  if (!voucher.empty()) {
    auto id = StatementId::from(voucher);
    if (id) {
      facts.voucher = *id;
    } else {
      r.refuse(ErrorCode::kMalformed, "wrong length of a voucher's id");
    }
  }
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("leaf facts"));
  return facts;
}

bool GroupRules::leads(const AccountKey& account) const {
  return std::ranges::find(leaders, account) != leaders.end();
}

Bytes GroupRules::encode() const {
  codec::Writer w;
  w.u64(1, version).fixed(2, authority).text(3, unit);
  for (const AccountKey& leader : leaders) w.element(4, leader.view());
  for (const StatementId& voucher : revoked) w.element(5, voucher.view());
  w.u64(6, raw(vouchers_from_epoch)).u64(7, leadership_version);
  for (const StatementId& appointment : ended) w.element(8, appointment.view());
  return w.take();
}

Result<GroupRules> GroupRules::decode(ByteView bytes) {
  codec::Reader r(bytes);
  GroupRules rules;
  rules.version = r.u64(1);
  rules.authority = r.fixed<AuthorityKey>(2);
  rules.unit = r.text(3, kMaxUnitId);
  rules.leaders = r.fixed_list<AccountKey>(4, kMaxLeaders);
  rules.revoked = r.fixed_list<StatementId>(5, kMaxRevoked);
  rules.vouchers_from_epoch = Epoch{r.u64(6)};
  rules.leadership_version = r.u64(7);
  rules.ended = r.fixed_list<StatementId>(8, kMaxEnded);
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("group rules"));
  return rules;
}

Bytes CommitData::encode() const {
  codec::Writer w;
  for (const AddProof& proof : proofs) {
    codec::Writer inner;
    inner.bytes(1, proof.voucher).bytes(2, proof.join_request).fixed(3, proof.key_package);
    w.element(1, inner.take());
  }
  w.time(2, committer_time);
  if (seen.seq != Seq{0}) w.fixed(3, seen.hash).u64(4, raw(seen.seq));
  for (const Bytes& statement : statements) w.element(5, statement);
  return w.take();
}

Result<CommitData> CommitData::decode(ByteView bytes) {
  codec::Reader r(bytes);
  CommitData data;
  for (const ByteView element : r.bytes_list(1, kMaxProofs, 3 * trust::kMaxStatement)) {
    auto proof = decode_proof(element);
    if (!proof) return std::unexpected(proof.error());
    data.proofs.push_back(std::move(*proof));
  }
  data.committer_time = r.time(2);
  const ByteView hash = r.bytes(3, Hash::kSize);
  data.seen.seq = Seq{r.u64(4)};
  // Both or neither.
  if (hash.size() == Hash::kSize && data.seen.seq != Seq{0}) {
    std::ranges::copy(hash, data.seen.hash.bytes.begin());
  } else if (!hash.empty() || data.seen.seq != Seq{0}) {
    r.refuse(ErrorCode::kMalformed, "wrong length of a header's hash");
  }
  for (const ByteView s : r.bytes_list(5, kMaxAuthorityWords, trust::kMaxStatement)) {
    data.statements.push_back(copy(s));
  }
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("commit data"));
  return data;
}

}  // namespace xom::admission
