// A real ward node in a folder of its own, with its authority, a cell leader and a group of two.
#pragma once

#include <memory>

#include "tests/support/member.h"
#include "tests/support/node_process.h"

namespace xom::test {

class Ward {
 public:
  // Makes the data folder; the node is not started. The program is $XOM_NODE_BIN, or the one built beside
  // the tests.
  Ward();

  void start();  // returns when it listens; throws with the node's log if it does not
  void kill_hard() { process_->kill_hard(); }
  int terminate() { return process_->terminate(); }

  // Root certificate, one unit "kp1/to5", the leader's appointment. The node must be running.
  void found();

  [[nodiscard]] std::unique_ptr<WsClient> connect() const;
  // Connected and logged in.
  [[nodiscard]] std::unique_ptr<WsClient> connect_as(const Person& person) const;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::filesystem::path& data() const { return data_; }
  [[nodiscard]] const AuthorityPerson& authority() const { return authority_; }
  [[nodiscard]] const Person& leader() const { return leader_; }
  [[nodiscard]] std::string log() const;

 private:
  TemporaryFolder folder_;
  std::filesystem::path data_;
  std::uint16_t port_;
  AuthorityPerson authority_;
  Person leader_;
  std::unique_ptr<Process> process_;
};

// The leader's group with one resident in it, at epoch 1; both have used the entry ids that are given.
struct Room {
  LogId group;
  Person resident;
  std::uint64_t leader_entries = 0;
  std::uint64_t resident_entries = 0;
};
// Everything as clients do it: create, invite, register, ask, commit, Welcome. Throws on a refusal.
[[nodiscard]] Room open_room(const Ward& ward);

// Path of a program built with the tests, e.g. "xom-node".
[[nodiscard]] std::string program(const std::string& name);

}  // namespace xom::test
