// Many connections on one thread, over epoll: the load generator's end. No frame is decoded that
// need not be; what a test waits for is found by its mark.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"
#include "tools/load/population.h"

namespace xom::load {

using Clock = std::chrono::steady_clock;

struct Target {
  std::uint16_t port = 0;  // on 127.0.0.1
  bool floor = false;      // the bare server (floor.h) instead of a node
};

// What stands in a payload: whose it is, and when it was due.
struct Mark {
  static constexpr std::size_t kSize = 8 + 8 + 4;
  std::int64_t due_us = 0;  // of Clock
  std::uint32_t group = 0;

  [[nodiscard]] std::string encode() const;
  // nullptr: no mark in these bytes.
  [[nodiscard]] static const char* find(const char* data, std::size_t size);
  [[nodiscard]] static Mark decode(const char* at);
};

class Clients {
 public:
  Clients(Target target, Population population);
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // All devices of the population, each logged in with its group open; at most `at_once` on their
  // way. Throws std::runtime_error if that fails, or takes longer than `limit`.
  void connect(std::size_t at_once, std::chrono::seconds limit);

  // Sends a message of `size` bytes by this device into its group.
  void send(std::uint32_t device, std::size_t size, const Mark& mark);

  // Handles what has come, waiting for at most `wait`.
  void poll(std::chrono::microseconds wait);

  // A message with a mark has come to this device; called by poll().
  std::function<void(std::uint32_t device, const Mark& mark)> delivered;
  // The node acknowledged the newest of this device's messages.
  std::function<void(std::uint32_t device)> acknowledged;

  [[nodiscard]] std::size_t ready() const { return ready_; }
  // Connections that ended, and answers that were errors.
  [[nodiscard]] std::size_t lost() const { return lost_; }
  [[nodiscard]] std::size_t refused() const { return refused_; }
  [[nodiscard]] const std::string& last_error() const { return last_error_; }

 private:
  enum class State {
    kNone,
    kConnecting,
    kUpgrading,
    kGreeting,
    kLoggingIn,
    kOpening,
    kReady,
    kLost
  };
  struct Connection {
    int socket = -1;
    State state = State::kNone;
    std::uint64_t entry_id = 0;
    std::string partial;  // of a frame, or of the answer to the upgrade
    std::string unsent;
  };
  void open(std::uint32_t device);
  void writable(std::uint32_t device);
  void readable(std::uint32_t device);
  std::size_t take(std::uint32_t device, const char* data, std::size_t size);
  void message(std::uint32_t device, const char* data, std::size_t size);
  void frame(std::uint32_t device, const char* data, std::size_t size);
  void write(std::uint32_t device, std::uint8_t opcode, std::string_view payload);
  void write_raw(std::uint32_t device, std::string_view bytes);
  void watch(std::uint32_t device, bool writing, bool add = false);
  void lose(std::uint32_t device, const std::string& why);
  void became_ready(std::uint32_t device);

  Target target_;
  Population population_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::vector<char> scratch_;
  std::size_t on_their_way_ = 0, ready_ = 0, lost_ = 0, refused_ = 0;
  std::string last_error_;
};

}  // namespace xom::load
