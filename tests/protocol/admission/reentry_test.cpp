// Who lost its state comes back into the group that its state led to, and into no other.
#include "protocol/admission/reentry.h"

#include <gmock/gmock.h>

#include "tests/protocol/admission/cell.h"
#include "tests/support/faulty_commit.h"

namespace xom::admission::test {
namespace {

using ::testing::HasSubstr;
using xom::test::Fault;

constexpr std::size_t kLost = 1;

class ReentryTest : public ::testing::Test {
 protected:
  ReentryTest() {
    for (const auto* name : {"binh", "chi", "dung"}) cell.admit(name);
    extensions = base().tree().leaf(cell.members[kLost].group.self())->extensions;
  }
  struct Step {
    Bytes commit, info;  // MLSMessages
  };
  // A commit by a member that the lost one cannot take in, and that all others do.
  Step commit(std::size_t by, Fault fault = Fault::kNone) {
    mls::CommitOptions options;
    options.authenticated_data = with_proofs({}).encode();
    auto& seat = cell.members[by];
    auto made = xom::test::commit_with(fault, cell.members[kLost].group.self(), seat.group, options,
                                       GroupPolicy{}, {seat.device.key, cell.random});
    EXPECT_TRUE(made.has_value()) << made.error().message;
    for (std::size_t i = 0; i < cell.members.size(); ++i) {
      if (i == kLost) continue;
      auto& group = cell.members[i].group;
      if (i == by) {
        group = made->next;
        continue;
      }
      auto processed = group.process({made->commit}, mls::no_psks(), GroupPolicy{});
      EXPECT_TRUE(processed.has_value()) << processed.error().message;
      group = std::move(*processed->next);
    }
    return {mls::encode(mls::Message{made->commit}), mls::encode(mls::Message{made->group_info})};
  }
  static mls::GroupInfo read_info(ByteView message) {
    return std::get<mls::GroupInfo>(mls::read_message(message).value().value);
  }
  [[nodiscard]] const mls::PublicGroup& base() const {
    return cell.members[kLost].group.public_group();
  }
  Result<mls::Group::Joined> enter(const std::vector<Bytes>& commits, const mls::GroupInfo& info,
                                   bool with_base = true) {
    const auto& seat = cell.members[kLost];
    const AccountKey account = seat.device.person.id();
    const std::vector<ByteView> views(commits.begin(), commits.end());
    const Reentry reentry{.base = with_base ? &base() : nullptr,
                          .commits = views,
                          .identity = account.view(),
                          .leaf_extensions = extensions,
                          .authenticated_data = with_proofs({}).encode()};
    return reenter(info, reentry, GroupPolicy{}, {seat.device.key, cell.random});
  }
  static std::string message(const Result<mls::Group::Joined>& result) {
    return result ? "entered" : std::string(result.error().message);
  }
  // All others let it in, and all are in one epoch.
  void expect_back(const Result<mls::Group::Joined>& joined) {
    ASSERT_TRUE(joined.has_value()) << joined.error().message;
    EXPECT_EQ(joined->next.self(), cell.members[kLost].group.self());
    for (std::size_t i = 0; i < cell.members.size(); ++i) {
      if (i == kLost) continue;
      auto processed =
          cell.members[i].group.process({joined->commit}, mls::no_psks(), GroupPolicy{});
      ASSERT_TRUE(processed.has_value()) << processed.error().message;
      EXPECT_EQ(to_hex(processed->next->epoch_authenticator()),
                to_hex(joined->next.epoch_authenticator()));
    }
    EXPECT_TRUE(check_entered(joined->next.public_group()).has_value());
  }

  Cell cell;
  mls::Extensions extensions;  // of the leaf that it enters by
};

TEST_F(ReentryTest, BehindCommitsThatItCannotOpen) {
  const Step first = commit(0, Fault::kPath);
  const auto shown = cell.members[kLost].group.process(mls::read_message(first.commit).value(),
                                                       mls::no_psks(), GroupPolicy{});
  ASSERT_FALSE(shown.has_value());
  const Step second = commit(2);
  expect_back(enter({first.commit, second.commit}, read_info(second.info)));
}

TEST_F(ReentryTest, IntoItsOwnEpoch) {
  const auto& other = cell.members[3];
  expect_back(enter({}, other.group.group_info(other.device.key)));
}

TEST_F(ReentryTest, WithoutAStateIntoWhatItIsShown) {
  const Step step = commit(2);
  expect_back(enter({}, read_info(step.info), false));
}

TEST_F(ReentryTest, NeverIntoAnOlderOrNewerEpoch) {
  const Step first = commit(0);
  const Step second = commit(2);
  const auto older = enter({first.commit, second.commit}, read_info(first.info));
  ASSERT_FALSE(older.has_value());
  EXPECT_EQ(older.error().code, ErrorCode::kStaleEpoch);
  EXPECT_EQ(older.error().detail, raw(cell.group().epoch()));
  const auto newer = enter({first.commit}, read_info(second.info));
  ASSERT_FALSE(newer.has_value());
  EXPECT_EQ(newer.error().code, ErrorCode::kUnavailable);
  expect_back(enter({first.commit, second.commit}, read_info(second.info)));
}

// The epoch's number is right, and each GroupInfo is signed by a member of the group it shows.
TEST_F(ReentryTest, NeverIntoAnotherGroupOfTheSameEpoch) {
  std::vector<mls::Group> before;
  for (const Cell::Seat& seat : cell.members) before.push_back(seat.group);
  const Step invented = commit(0);
  for (std::size_t i = 0; i < before.size(); ++i) cell.members[i].group = before[i];
  const Step real = commit(0);
  EXPECT_THAT(message(enter({real.commit}, read_info(invented.info))),
              HasSubstr("a GroupInfo of another state"));
  EXPECT_THAT(message(enter({invented.commit}, read_info(real.info))),
              HasSubstr("a GroupInfo of another state"));
  mls::GroupInfo info = read_info(real.info);
  info.confirmation_tag[0] ^= 1;
  info.sign(cell.members[0].device.key);
  EXPECT_THAT(message(enter({real.commit}, info)), HasSubstr("a GroupInfo of another state"));
  info = read_info(invented.info);
  info.confirmation_tag = read_info(real.info).confirmation_tag;
  info.sign(cell.members[0].device.key);
  EXPECT_THAT(message(enter({real.commit}, info)), HasSubstr("a GroupInfo of another state"));
  info = read_info(real.info);
  info.group_context.group_id[0] ^= 1;
  info.sign(cell.members[0].device.key);
  EXPECT_THAT(message(enter({real.commit}, info)), HasSubstr("a GroupInfo of another group"));
  // Signed by a member, but not by who made the epoch.
  info = cell.members[2].group.group_info(cell.members[2].device.key);
  EXPECT_THAT(message(enter({real.commit}, info)), HasSubstr("a GroupInfo of another state"));
  info = read_info(real.info);
  info.signature[0] ^= 1;
  EXPECT_THAT(message(enter({real.commit}, info)), HasSubstr("bad signature"));
  expect_back(enter({real.commit}, read_info(real.info)));
}

TEST_F(ReentryTest, FollowsOnlyWhatTheRulesLetPass) {
  // Somebody comes in without a voucher.
  const Device stranger = device_of("stranger");
  const mls::NewKeyPackage package = cell.key_package(stranger, std::nullopt);
  const Cell::Attempt lawless =
      cell.attempt(cell.members[0].group, cell.members[0].device, {add(package)}, with_proofs({}));
  ASSERT_FALSE(lawless.judged.has_value());
  const auto refused =
      enter({mls::encode(mls::Message{lawless.made.commit})}, lawless.made.group_info);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, lawless.judged.error().message);

  const Step first = commit(0);
  const Step second = commit(2);
  const mls::GroupInfo info = read_info(second.info);
  EXPECT_EQ(enter({second.commit, first.commit}, info).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(enter({first.commit, first.commit}, info).error().code, ErrorCode::kStaleEpoch);
  EXPECT_THAT(message(enter({first.commit, second.info}, info)),
              HasSubstr("a message of another kind"));
  EXPECT_EQ(enter({first.commit, {}}, info).error().code, ErrorCode::kMalformed);
  expect_back(enter({first.commit, second.commit}, info));
}

TEST_F(ReentryTest, OverTheOwnLeafByTheRulesAlone) {
  const mls::GroupInfo info = cell.members[0].group.group_info(cell.members[0].device.key);
  const mls::Extensions own = extensions;
  extensions = leaf_extensions(cell.members[kLost].device.list, std::nullopt);
  EXPECT_THAT(message(enter({}, info)), HasSubstr("a voucher is kept for ever"));
  extensions = own;
  expect_back(enter({}, info));
}

TEST_F(ReentryTest, NotWhereItHasNoLeaf) {
  const mls::LeafIndex self = cell.members[kLost].group.self();
  const Cell::Attempt out =
      cell.attempt(cell.members[0].group, cell.members[0].device,
                   {remove(self), cell.revocation_for(self)}, with_proofs({}));
  ASSERT_TRUE(out.judged.has_value()) << out.judged.error().message;
  const std::vector<Bytes> commits{mls::encode(mls::Message{out.made.commit})};
  for (const bool with_base : {true, false}) {
    EXPECT_EQ(enter(commits, out.made.group_info, with_base).error().code, ErrorCode::kNotFound);
  }
  mls::GroupInfo info = cell.members[0].group.group_info(cell.members[0].device.key);
  expect_back(enter({}, info));
  info.extensions.clear();
  info.sign(cell.members[0].device.key);
  EXPECT_THAT(message(enter({}, info)), HasSubstr("no tree"));
}

}  // namespace
}  // namespace xom::admission::test
