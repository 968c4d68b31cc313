// A real MLS group as one member's client holds it, and the requests that it sends to a node.
#pragma once

#include <optional>

#include "client.pb.h"
#include "protocol/mls/group.h"
#include "protocol/trust/refusal.h"
#include "tests/support/member.h"

namespace xom::test {

// MLSMessage(KeyPackage) of a person's device, whose leaf carries this voucher's id.
[[nodiscard]] Bytes key_package_of(const Person& person, std::optional<ByteView> voucher);
// MLSMessage(PrivateMessage) with arbitrary bytes for its ciphertext: nobody opens it.
[[nodiscard]] Bytes sealed_message(const LogId& group, Epoch epoch, std::string_view ciphertext);

// Adds one person.
struct Addition {
  const Person* joiner;
  Bytes key_package;
  Bytes voucher;
  Bytes request;
};

class LiveGroup {
 public:
  LiveGroup(const Person& creator, const LogId& id, const NodeId& authority, std::string unit);
  // As another member holds it.
  LiveGroup(const Person& member, mls::Group state);

  [[nodiscard]] const LogId& id() const { return id_; }
  [[nodiscard]] Epoch epoch() const { return state_->epoch(); }
  [[nodiscard]] const mls::PublicGroup& public_group() const { return state_->public_group(); }
  // MLSMessage(GroupInfo) of the present epoch.
  [[nodiscard]] Bytes group_info() const;
  [[nodiscard]] wire::CreateGroup create_request() const;
  // A commit by this member with its whole bundle, made without any rule; accepted() goes to its
  // epoch. `committer_time`: of the authenticated data.
  [[nodiscard]] wire::ClientFrame commit_frame(EntryId entry_id, const Addition& addition,
                                               std::optional<TimeMs> committer_time = std::nullopt);
  // The same with any proposals, without a Welcome.
  [[nodiscard]] wire::ClientFrame commit_frame(EntryId entry_id,
                                               std::vector<mls::Proposal> proposals);
  void accepted() { state_ = std::move(pending_); }
  // Another member's commit.
  void follow(const wire::ClientFrame& commit);

 private:
  wire::ClientFrame bundle(EntryId entry_id, mls::CommitOptions options, const Person* joiner);

  const Person& member_;
  LogId id_;
  std::string unit_;
  std::optional<mls::Group> state_, pending_;
};

// A person's re-entry by an external commit, and the group as they hold it then. `old_leaf`: the
// one that it removes; absent: their device's own.
struct Reentry {
  wire::ClientFrame frame;
  LiveGroup group;
};
[[nodiscard]] Reentry reentry(const Person& person, EntryId entry_id,
                              std::optional<ByteView> voucher, ByteView group_info,
                              std::optional<mls::LeafIndex> old_leaf = std::nullopt);

// A member's word against this commit, which ends `epoch`.
[[nodiscard]] trust::Refusal refusal_of(const wire::ClientFrame& commit, Epoch epoch);
[[nodiscard]] wire::ClientFrame refuse_frame(const Person& person, EntryId entry_id,
                                             const trust::Refusal& refusal);

[[nodiscard]] Result<wire::ServerFrame> create_group(WsClient& client, const LiveGroup& group);

}  // namespace xom::test
