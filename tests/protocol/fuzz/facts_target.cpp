#include "client.pb.h"
#include "group.pb.h"
#include "protocol/admission/facts.h"
#include "tests/protocol/fuzz/agreement.h"
#include "tests/protocol/fuzz/targets.h"

namespace xom::fuzz {

namespace {

using namespace admission;

template <class T, class Proto>
bool carried(ByteView input) {
  const auto value = T::decode(input);
  if (!value) return false;
  require(same(value->encode(), input));
  runtime_agrees<Proto>(input);
  return true;
}

using Reader = bool (*)(ByteView);
constexpr Reader kReaders[] = {
    carried<LeafFacts, group::LeafFacts>,
    carried<GroupRules, group::Policy>,
    carried<CommitData, wire::AddProofs>,
};

template <class F>
F some(std::uint8_t fill) {
  F f;
  f.bytes.fill(fill);
  return f;
}

template <class T>
Seed seed(std::uint8_t reader, std::string name, const T& value) {
  Bytes bytes{reader};
  const Bytes body = value.encode();
  bytes.insert(bytes.end(), body.begin(), body.end());
  return {std::move(name), std::move(bytes)};
}

}  // namespace

bool facts(ByteView input) {
  if (input.empty()) return false;
  return kReaders[input[0] % std::size(kReaders)](input.subspan(1));
}

std::vector<Seed> facts_seeds() {
  GroupRules rules;
  rules.version = 3;
  rules.authority = some<AuthorityKey>(1);
  rules.unit = "kp1/to5";
  rules.leaders = {some<AccountKey>(2), some<AccountKey>(3)};
  rules.revoked = {some<StatementId>(4)};
  rules.vouchers_from_epoch = Epoch{300};
  rules.leadership_version = 2;
  rules.ended = {some<StatementId>(5)};
  CommitData data;
  data.proofs = {{{1, 2}, {3}, some<trust::KeyPackageRef>(6)},
                 {{4}, {}, some<trust::KeyPackageRef>(7)}};
  data.committer_time = TimeMs{1'700'000'000'000};
  data.seen = {Seq{12}, some<Hash>(7)};
  data.statements = {{8}, {9, 10}};
  return {seed(0, "leaf-facts", LeafFacts{Bytes(100, 1), some<StatementId>(4)}),
          seed(0, "founder", LeafFacts{{1, 2, 3}, std::nullopt}), seed(1, "group-rules", rules),
          seed(2, "commit-data", data), seed(2, "nothing-seen", CommitData{{}, TimeMs{5}, {}, {}})};
}

}  // namespace xom::fuzz
