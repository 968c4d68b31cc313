// Many connections on one thread, over epoll: the load generator's end. No frame is decoded that
// need not be; what a test waits for is found by its mark.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client.pb.h"
#include "protocol/base/bytes.h"
#include "tools/load/mark.h"
#include "tools/load/population.h"
#include "tools/load/tls.h"

namespace xom::load {

using Clock = std::chrono::steady_clock;

struct Target {
  std::uint16_t port = 0;  // on 127.0.0.1
  bool floor = false;      // the bare server (floor.h) instead of a node
  bool tls = false;
};

[[nodiscard]] std::int64_t microseconds(Clock::time_point time);

// Which devices come, with how many connections each, and what they open when they are logged in.
struct Crowd {
  std::uint32_t first = 0;
  std::uint32_t devices = 0;  // 0: all from the first on
  std::uint32_t lines = 1;
  bool group = true;        // the first of the device's groups
  bool channels = false;    // the node's two public logs
  bool persistent = false;  // whose connection ends before it is ready, comes again a little later
  std::uint32_t of_each = 0;  // of each group only so many members, the first; 0: all
  int receive_buffer = 0;     // bytes that the kernel keeps of what is not read; 0: as it likes
};

class Clients {
 public:
  Clients(Target target, Population population, Crowd crowd = {});
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // The first `count` connections of the crowd, each logged in with its logs open; at most
  // `at_once` on their way. Throws std::runtime_error if that fails, or takes longer than `limit`.
  void connect(std::size_t at_once, std::chrono::seconds limit, std::size_t count = SIZE_MAX);
  [[nodiscard]] std::size_t size() const { return connections_.size(); }
  [[nodiscard]] std::uint32_t device_of(std::uint32_t connection) const {
    const std::uint32_t number = connection / crowd_.lines;
    if (crowd_.of_each == 0) return crowd_.first + number;
    return crowd_.first + number / crowd_.of_each * population_.members + number % crowd_.of_each;
  }
  // The first of a device of the crowd.
  [[nodiscard]] std::uint32_t connection_of(std::uint32_t device) const {
    const std::uint32_t number = device - crowd_.first, members = population_.members;
    if (crowd_.of_each == 0) return number * crowd_.lines;
    return (number / members * crowd_.of_each + number % members) * crowd_.lines;
  }

  // Sends a message of `size` bytes into the mark's group, of which the device is a member. Its
  // entries there are counted from what the log had when it was opened, from none if it was not.
  // Answers the request's id; 0 of the floor, which does not answer.
  std::uint64_t send(std::uint32_t connection, std::size_t size, const Mark& mark);
  // Of the floor: to all its sockets.
  void send_everybody(std::uint32_t connection, std::size_t size, const Mark& mark);
  // Any request of a connection that is ready; answers its id.
  std::uint64_t ask(std::uint32_t connection, wire::ClientFrame request);

  // The socket of a connection that is ready, for who goes on by hand and closes it.
  [[nodiscard]] int release(std::uint32_t connection);

  // Handles what has come, waiting for at most `wait`.
  void poll(std::chrono::microseconds wait);

  // This connection is ready; called by connect().
  std::function<void(std::uint32_t connection)> entered;
  // A message with a mark was pushed to this connection, in a frame of so many bytes; called by
  // poll().
  std::function<void(std::uint32_t connection, const Mark& mark, std::size_t size)> delivered;
  // An answer to what was asked of the node, errors included.
  std::function<void(std::uint32_t connection, const wire::ServerFrame& frame)> answered;

  [[nodiscard]] std::size_t ready() const { return ready_; }
  // Connections that ended, and answers that were errors.
  [[nodiscard]] std::size_t lost() const { return lost_; }
  // How often one of a persistent crowd had to come again.
  [[nodiscard]] std::size_t again() const { return again_; }
  [[nodiscard]] std::size_t refused() const { return refused_; }
  [[nodiscard]] const std::string& last_error() const { return last_error_; }
  // As the node says who it is; known when a connection is ready.
  [[nodiscard]] const NodeId& node() const { return node_; }

 private:
  enum class State {
    kNone,
    kConnecting,
    kSecuring,
    kUpgrading,
    kGreeting,
    kLoggingIn,
    kOpening,
    kReady,
    kLost
  };
  struct Connection {
    int socket = -1;
    std::unique_ptr<Tls> tls;
    State state = State::kNone;
    std::uint8_t opened = 0;  // of the logs that it opens
    std::uint64_t last_id = 0;
    std::vector<std::uint64_t> entries;  // last entry id, by group of the device
    std::string partial;                 // of a frame, or of the answer to the upgrade
    std::string unsent;
  };
  void open(std::uint32_t connection);
  void secure(std::uint32_t connection);
  void upgrade(std::uint32_t connection);
  void writable(std::uint32_t connection);
  void readable(std::uint32_t connection);
  std::size_t take(std::uint32_t connection, const char* data, std::size_t size);
  void message(std::uint32_t connection, const char* data, std::size_t size);
  void frame(std::uint32_t connection, const char* data, std::size_t size);
  void log_in(std::uint32_t connection, const wire::Challenge& challenge);
  void open_next(std::uint32_t connection);
  [[nodiscard]] std::vector<LogId> logs_of(std::uint32_t device) const;
  void write(std::uint32_t connection, std::uint8_t opcode, std::string_view payload);
  void write_raw(std::uint32_t connection, std::string_view bytes);
  void write_to_floor(std::uint32_t connection, std::size_t size, const Mark& mark,
                      std::uint16_t flags);
  void watch(std::uint32_t connection, bool writing, bool add = false);
  void lose(std::uint32_t connection, const std::string& why);
  void became_ready(std::uint32_t connection);

  Target target_;
  Population population_;
  Crowd crowd_;
  NodeId node_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::vector<char> scratch_;
  struct Later {
    Clock::time_point when;
    std::uint32_t connection;
  };
  std::uint32_t begun_ = 0;
  std::deque<Later> later_;
  std::size_t again_ = 0;
  std::size_t on_their_way_ = 0, ready_ = 0, lost_ = 0, refused_ = 0;
  std::string last_error_;
};

}  // namespace xom::load
