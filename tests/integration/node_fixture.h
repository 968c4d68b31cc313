// A root node of a ward with a cell, a leader and a group, as a real process.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "tests/support/live_group.h"
#include "tests/support/member.h"
#include "tests/support/node_process.h"

namespace xom::test {

class TestNode {
 public:
  TestNode();

  // Starts the process and waits until it listens.
  void start();
  void kill_hard() { process_->kill_hard(); }
  [[nodiscard]] int terminate() { return process_->terminate(); }
  // Runs to its end with these arguments, for starts that fail.
  [[nodiscard]] Finished run_to_end() const;

  // The first words of the authority: certificate, one cell, its leader.
  void found();

  [[nodiscard]] std::unique_ptr<WsClient> connect() const;
  // Connected and logged in.
  [[nodiscard]] std::unique_ptr<WsClient> log_in(const Person& person) const;
  // Registered by voucher, and added to the group by the leader's next commit, whose entry id is
  // `entry_id`.
  void admit(LiveGroup& group, const Person& joiner, EntryId entry_id);
  // A cell's group of the leader, not created at the node yet.
  [[nodiscard]] LiveGroup new_group() const {
    return LiveGroup(leader, random_group(), authority.id(), "to5");
  }

  TemporaryFolder folder;
  std::filesystem::path data;
  std::uint16_t port;
  AuthorityPerson authority = AuthorityPerson::make();
  Person leader = Person::make();

 private:
  NodeKey node_key_;
  std::unique_ptr<Process> process_;
};

}  // namespace xom::test
