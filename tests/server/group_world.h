// A group of a node with its members, over an engine in memory: its leader commits, the others
// have seats of their own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "protocol/admission/group_policy.h"
#include "server/groups/keys.h"
#include "server/limits.h"
#include "storage/record.h"
#include "tests/server/world.h"
#include "tests/support/live_group.h"

namespace xom::server {

class GroupWorld : public ::testing::Test {
 protected:
  // A person with the voucher that they came in by.
  struct Guest {
    test::Person person = test::Person::make();
    Bytes voucher;
    std::uint64_t last_id = 0;

    Caller caller() const { return {person.account(), person.device()}; }
    EntryId next_id() { return EntryId{++last_id}; }
  };
  // What the node holds of its groups. Refusals that were counted and the undo are no part of it.
  using Snapshot = std::map<std::string, std::string>;

  void SetUp() override {
    ASSERT_TRUE(crypto::initialise());
    world_ = std::make_unique<World>(authority_, node_key_);
    for (const Bytes& statement :
         {authority_.root_certificate(node_key_.public_key_as<NodeKey>(), "Phường Thử"),
          authority_.unit("to5", "Tổ 5"),
          authority_.appointment(leader_.person.account(), trust::Office::kCellLeader, {"to5"})})
      ASSERT_TRUE(world_->run(world_->channels.submit(statement)).has_value());
    live_.emplace(leader_.person, group_, authority_.id(), "to5");
    ASSERT_TRUE(
        world_->run(world_->groups.create(leader_.caller(), live_->create_request())).has_value());
    for (Guest* guest : {&binh_, &chi_}) add(*guest);
  }

  wire::ClientFrame addition(Guest& guest) {
    const auto invited =
        test::invite(leader_.person, group_, TimeMs{raw(test::now_ms()) + 3'600'000});
    guest.voucher = invited.voucher;
    const Bytes package = test::key_package_of(guest.person, guest.voucher);
    const Bytes request = test::join_request(invited, group_, guest.person, package);
    return live_->commit_frame(leader_.next_id(),
                               test::Addition{&guest.person, package, guest.voucher, request});
  }
  void add(Guest& guest) {
    const auto frame = addition(guest);
    const auto committed = commit(leader_, frame);
    ASSERT_TRUE(committed.has_value()) << committed.error().message;
    live_->accepted();
  }
  // A commit of nothing but fresh keys.
  wire::ClientFrame update() {
    return live_->commit_frame(leader_.next_id(), std::vector<mls::Proposal>());
  }
  // The leader's commit that removes this guest, with their voucher.
  wire::ClientFrame removal(const Guest& guest) {
    const mls::LeafIndex leaf = leaf_of(guest.person);
    std::vector<mls::Proposal> proposals = {mls::Proposal{mls::Remove{leaf}}};
    auto revoked = admission::revoke_vouchers_of(live_->public_group(), {leaf}).value();
    if (revoked) proposals.push_back(std::move(*revoked));
    return live_->commit_frame(leader_.next_id(), std::move(proposals));
  }
  mls::LeafIndex leaf_of(const test::Person& person) const {
    const auto& tree = live_->public_group().tree();
    for (const mls::LeafIndex leaf : tree.members()) {
      if (std::ranges::equal(tree.leaf(leaf)->signature_key, person.device().view())) return leaf;
    }
    ADD_FAILURE() << "no leaf";
    return mls::LeafIndex{0};
  }

  Result<Committed> commit(const Guest& by, const wire::ClientFrame& frame) {
    return world_->run(world_->groups.commit(by.caller(), frame.commit()));
  }
  Result<Committed> refuse(Guest& by, const wire::ClientFrame& commit, Epoch ends) {
    return refuse(world_->groups, by, test::refusal_of(commit, ends));
  }
  Result<Committed> refuse(Groups& groups, Guest& by, const trust::Refusal& refusal) {
    const EntryId id{by.last_id + 1};
    const auto frame = test::refuse_frame(by.person, id, refusal);
    auto result = world_->run(groups.refuse(by.caller(), frame.refuse()));
    if (result) by.last_id = raw(id);
    return result;
  }
  // `began`: the entry that began the epoch, where the writer names it.
  Result<storage::Appended> say(Guest& by, Epoch epoch, std::optional<Seq> began = std::nullopt) {
    const EntryId id{by.last_id + 1};
    auto frame = test::append_frame(group_, id, epoch, "x");
    if (began) frame.mutable_append()->set_began(raw(*began));
    auto result = world_->run(world_->groups.append(by.caller(), frame.append()));
    if (result) by.last_id = raw(id);
    return result;
  }

  Result<wire::GroupInfoIs> group_info(const Guest& by) {
    wire::GetGroupInfo request;
    request.set_group(std::string(text_of(group_.view())));
    return world_->run(world_->groups.group_info(by.caller(), std::move(request)));
  }

  Snapshot snapshot(World& world) const {
    Snapshot out;
    const std::string unused = storage::encode_record(record::VoucherUse());
    const auto items = world.run(world.engine.scan("g/", "g0", SIZE_MAX, SIZE_MAX)).value();
    for (const auto& item : items) {
      if (item.key.starts_with("g/u/") || item.key.starts_with("g/r/")) continue;
      if (item.value == unused) continue;  // a voucher of which nothing counts
      out.emplace(item.key, item.value);
    }
    return out;
  }
  Snapshot snapshot() const { return snapshot(*world_); }
  storage::LogState log() const { return world_->run(world_->store.state(group_)).value(); }
  std::vector<storage::LogEntry> entries() const {
    return world_->run(world_->store.read(group_, Seq{0}, 1000, 1 << 24)).value();
  }
  std::uint64_t leaves_of(const Guest& guest) const {
    const auto id = trust::verify_voucher(guest.voucher).value().id;
    return world_->run(load_voucher_use(world_->engine, group_, id)).value().leaves();
  }

  template <class T>
  static Error error_of(const Result<T>& result) {
    EXPECT_FALSE(result.has_value());
    return result ? Error{} : result.error();
  }
  template <class T>
  static ErrorCode code_of(const Result<T>& result) {
    return error_of(result).code;
  }

  test::AuthorityPerson authority_ = test::AuthorityPerson::make();
  crypto::SigningKey node_key_ = crypto::SigningKey::generate(crypto::system_random());
  LogId group_ = test::random_group();
  Guest leader_, binh_, chi_;  // binh and chi are members from epoch 2 on
  std::unique_ptr<World> world_;
  std::optional<test::LiveGroup> live_;  // as the leader's client holds it
};

}  // namespace xom::server
