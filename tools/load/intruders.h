// Members of the groups whose connections do what a client must not: some never read what they ask
// for, some read a byte a second, some send garbage until they are dropped, and come again, some
// only come and go. Bounded in number, in attempts and in what they keep.
#pragma once

#include <atomic>
#include <random>

#include "tools/load/client.h"

namespace xom::load {

class Intruders {
 public:
  // Of each group the members from `first` on, a quarter of each kind.
  Intruders(Target target, Population population, std::uint32_t first);
  ~Intruders();
  Intruders(const Intruders&) = delete;
  Intruders& operator=(const Intruders&) = delete;

  // What is due, without waiting; only a login takes the time that the node takes.
  void step();

  [[nodiscard]] std::size_t size() const { return all_.size(); }
  // Those that are to hold as much of the node's memory as it lets them.
  [[nodiscard]] std::size_t not_reading() const;
  // To be read while another thread steps.
  struct Counts {
    std::atomic<std::uint64_t> attempts = 0;  // to connect, with or without logging in
    std::atomic<std::uint64_t> entered = 0;   // logged in, with the group open
    std::atomic<std::uint64_t> failed = 0;    // could not enter
    std::atomic<std::uint64_t> garbage = 0;   // waves of it
    std::atomic<std::uint64_t> dropped = 0;   // by the node
    std::atomic<std::uint64_t> asked =
        0;  // pages, by those who do not read; many wait in the kernel
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] const std::string& last_error() const { return last_error_; }

 private:
  enum class Kind : std::uint8_t { kNeverReads, kReadsSlowly, kGarbage, kComesAndGoes };
  struct Intruder {
    std::uint32_t device = 0;
    Kind kind = Kind::kNeverReads;
    int socket = -1;
    std::string unsent;
    Clock::time_point due;  // the next byte, or the end of the patience
    std::uint32_t round = 0;
    bool waiting = false;  // has sent its garbage
  };
  static bool reads_little(Kind kind) {
    return kind == Kind::kNeverReads || kind == Kind::kReadsSlowly;
  }
  void enter_next();
  void enter(Intruder& who);
  void come_and_go(Intruder& who);
  void ask(Intruder& who);
  void make_trouble(Intruder& who);
  [[nodiscard]] std::string garbage(std::uint32_t round);
  // Sends what is unsent, as far as the socket takes it.
  void flush(Intruder& who);
  // Up to so many bytes; false: the connection has ended.
  bool discard(Intruder& who, std::size_t most);
  void leave(Intruder& who, bool dropped);

  Target target_;
  Population population_;
  std::vector<Intruder> all_;
  std::size_t turn_ = 0;
  Clock::time_point next_attempt_;
  std::mt19937_64 noise_{1};
  Counts counts_;
  std::string last_error_;
};

}  // namespace xom::load
