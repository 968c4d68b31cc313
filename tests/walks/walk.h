// A random walk: clients of the trusted core in one group, with a log between them that orders
// commits by what can be seen from outside. The same seed walks the same way.
#pragma once

#include <memory>

#include "tests/walks/client.h"

namespace xom::walks {

struct Options {
  std::uint64_t seed = 1;
  std::size_t steps = 10'000;
  std::size_t members = 60;  // at most so many at a time
};

struct Counts {
  std::uint64_t commits = 0, lost_races = 0, adds = 0, removes = 0, reentries = 0, proposals = 0,
                psks = 0, sent = 0, lost = 0, read = 0, reloads = 0, attacks = 0;
  std::size_t largest = 1;
};

class Walk {
 public:
  explicit Walk(const Options& options);
  // Throws Broken with the step it happened in.
  Counts run();

 private:
  using Seats = std::map<mls::LeafIndex, Client*>;
  // A commit that somebody made, before it is known whether it comes first.
  struct Attempt {
    Client* by;
    mls::Group next;
    mls::PublicMessage commit;
    mls::GroupInfo info;
    std::optional<mls::Welcome> welcome;
    bool state_lost = false;  // of a re-entry
  };

  void step();
  void send();
  void propose();
  void race();
  void deliver();
  void settle();  // everybody is up to date and has read all

  [[nodiscard]] Client* somebody();  // seated and able to speak, up to date; null: nobody
  [[nodiscard]] Client* outsider();
  [[nodiscard]] std::size_t room() const;
  [[nodiscard]] mls::Proposal add(Client& newcomer);
  [[nodiscard]] mls::Proposal remove_another(const Client& than);
  [[nodiscard]] Attempt attempt(Client& by);
  [[nodiscard]] Attempt reenter(Client& by);
  [[nodiscard]] std::vector<mls::Proposal> choose_proposals(Client& by);
  // Whether the log takes it.
  bool submit(Attempt attempt);
  void seat(const mls::StagedCommit& staged, Attempt& attempt);
  void record(const mls::StagedCommit& staged, const Attempt& attempt);
  void broadcast(const mls::Message& message, const Client* except);
  void attack(const mls::PublicMessage& commit);
  void attack(const mls::PrivateMessage& message);
  void advance(Client& client, std::size_t most = SIZE_MAX);

  Options options_;
  Surroundings around_;
  Counts counts_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::optional<mls::PublicGroup> node_;  // holds no secret, orders commits
  mls::GroupInfo info_;                   // of the present epoch
  Seats seats_;
  std::map<Client*, bool> stuck_;                 // lost the state of a commit of their own
  std::map<Bytes, mls::NewKeyPackage> packages_;  // of Adds that may come, by reference
  std::map<Bytes, Client*> packaged_;
  std::deque<mls::Group> removed_;  // states of removed members who try to read on
  std::size_t wanted_ = 0;
};

}  // namespace xom::walks
