// Devices that were away come back all at once: each logs in, opens its groups, and fetches in
// pages what it missed.
#pragma once

#include <map>

#include "tools/load/client.h"

namespace xom::load {

class Returning {
 public:
  // `missed`: how many of the newest messages of each of its groups a device fetches.
  Returning(Target target, Population population, Crowd crowd, std::uint32_t missed);

  Returning(const Returning&) = delete;
  Returning& operator=(const Returning&) = delete;

  // Until everybody has everything; at most `at_once` on their way in. Throws std::runtime_error if
  // that fails, or takes longer than `limit`.
  void run(std::chrono::seconds limit, std::size_t at_once = SIZE_MAX);

  [[nodiscard]] std::uint64_t fetched() const { return fetched_; }  // messages
  [[nodiscard]] Clients& clients() { return clients_; }

  // This device has everything; called by run().
  std::function<void(std::uint32_t connection)> synced;
  // An answer to a request that was not made here.
  std::function<void(std::uint32_t connection, const wire::ServerFrame& frame)> answered;

 private:
  struct Reading {
    std::uint64_t at = 0, head = 0;
  };
  void open_all(std::uint32_t connection);
  void answer(std::uint32_t connection, const wire::ServerFrame& frame);
  void go_on(std::uint32_t connection, const std::string& log, const Reading& reading);

  Population population_;
  std::uint32_t missed_;
  Clients clients_;
  std::map<std::pair<std::uint32_t, std::string>, Reading> readings_;
  std::vector<std::uint32_t> logs_left_;  // of each connection
  std::size_t synced_ = 0;
  std::uint64_t fetched_ = 0;
};

}  // namespace xom::load
