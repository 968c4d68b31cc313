#include "tools/load/client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "protocol/trust/log_ids.h"
#include "protocol/trust/session.h"
#include "protocol/trust/verified.h"
#include "tools/load/floor.h"

namespace xom::load {

namespace {

constexpr std::uint8_t kBinary = 2, kClose = 8, kPing = 9, kPong = 10;
constexpr char kIdFollows = 0x08;                      // Protobuf: field 1, a number
constexpr std::chrono::milliseconds kComeAgain{1500};  // after_ms of a Goodbye, and more
constexpr std::size_t kScratch = 256 * 1024;

// 127.0.0.0/8 is all this machine: no address has so many connections that a limit or the ports of
// one address end.
in_addr source_address(std::uint32_t number) {
  in_addr address{};
  address.s_addr = htonl(0x7f010001u + (number / 250) * 256 + number % 250);
  return address;
}

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace

std::int64_t microseconds(Clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

Clients::Clients(Target target, Population population, Crowd crowd)
    : target_(target),
      population_(population),
      crowd_(crowd),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      scratch_(kScratch) {
  if (epoll_ < 0) broken("epoll");
  if (crowd_.devices == 0) {
    crowd_.devices = population_.devices() - crowd_.first;
    if (crowd_.of_each > 0) crowd_.devices = crowd_.devices / population_.members * crowd_.of_each;
  }
  connections_.resize(std::size_t{crowd_.devices} * crowd_.lines);
}

Clients::~Clients() {
  for (const Connection& connection : connections_) {
    if (connection.socket >= 0) ::close(connection.socket);
  }
  ::close(epoll_);
}

void Clients::connect(std::size_t at_once, std::chrono::seconds limit, std::size_t count) {
  const auto end = Clock::now() + limit;
  count = std::min(count, connections_.size());
  while (ready_ < count) {
    while (begun_ < count && on_their_way_ < at_once) open(begun_++);
    for (; !later_.empty() && later_.front().when <= Clock::now(); later_.pop_front())
      open(later_.front().connection);
    poll(std::chrono::milliseconds(10));
    if (lost_ > 0)
      throw std::runtime_error("a connection ended before it was ready: " + last_error_);
    if (Clock::now() > end)
      throw std::runtime_error("only " + std::to_string(ready_) + " connections are ready in time");
  }
}

void Clients::open(std::uint32_t connection) {
  Connection& c = connections_[connection];
  c = Connection();
  c.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c.socket < 0) broken("socket");
  const int yes = 1;
  ::setsockopt(c.socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(c.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  if (const int size = crowd_.receive_buffer; size > 0)
    ::setsockopt(c.socket, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr = source_address(crowd_.first + connection);
  if (::bind(c.socket, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0) broken("bind");
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(target_.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(c.socket, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)
    broken("connect");
  c.state = State::kConnecting;
  c.entries.resize(population_.places);
  ++on_their_way_;
  watch(connection, true, true);
}

void Clients::watch(std::uint32_t connection, bool writing, bool add) {
  epoll_event event{};
  event.events = writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u32 = connection;
  ::epoll_ctl(epoll_, add ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, connections_[connection].socket, &event);
}

void Clients::poll(std::chrono::microseconds wait) {
  epoll_event events[256];
  // Whole milliseconds, rounded down: who waits for less asks again at once.
  const int count = ::epoll_wait(epoll_, events, 256, static_cast<int>(wait.count() / 1000));
  for (int i = 0; i < count; ++i) {
    const std::uint32_t connection = events[i].data.u32;
    if (events[i].events & EPOLLOUT) writable(connection);
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(connection);
  }
}

void Clients::secure(std::uint32_t connection) {
  if (connections_[connection].tls->shake_hands()) return upgrade(connection);
  if (errno != EAGAIN && errno != EINTR) lose(connection, std::strerror(errno));
}

void Clients::upgrade(std::uint32_t connection) {
  connections_[connection].state = State::kUpgrading;
  write_raw(connection,
            "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: eG9tLWxvYWQteG9tLWxvYQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
}

void Clients::writable(std::uint32_t connection) {
  Connection& c = connections_[connection];
  if (c.state == State::kLost) return;
  if (c.state == State::kConnecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(c.socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      lose(connection, std::strerror(error));
      return;
    }
    watch(connection, false);
    if (!target_.tls) return upgrade(connection);
    c.tls = std::make_unique<Tls>(c.socket);
    c.state = State::kSecuring;
    return secure(connection);
  }
  std::string unsent = std::exchange(c.unsent, {});
  watch(connection, false);
  write_raw(connection, unsent);
}

void Clients::readable(std::uint32_t connection) {
  for (;;) {
    Connection& c = connections_[connection];
    if (c.state == State::kLost) return;
    if (c.state == State::kSecuring) return secure(connection);
    const std::size_t held = c.partial.size();
    std::memcpy(scratch_.data(), c.partial.data(), held);
    if (held == scratch_.size()) return lose(connection, "a frame that is too large");
    const std::size_t room = scratch_.size() - held;
    const ssize_t got = c.tls ? c.tls->receive(scratch_.data() + held, room)
                              : ::recv(c.socket, scratch_.data() + held, room, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0)
      return lose(connection, got == 0 ? "closed by the other end" : std::strerror(errno));
    const std::size_t size = held + static_cast<std::size_t>(got);
    const std::size_t used = take(connection, scratch_.data(), size);
    c.partial.assign(scratch_.data() + used, size - used);
    // OpenSSL answers a record at a time, and may hold more of what the socket had.
    if (size < scratch_.size() && !c.tls) return;
  }
}

// Answers how much was used.
std::size_t Clients::take(std::uint32_t connection, const char* data, std::size_t size) {
  std::size_t used = 0;
  if (connections_[connection].state == State::kUpgrading) {
    const std::string_view all(data, size);
    const std::size_t end = all.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (!all.starts_with("HTTP/1.1 101")) {
      lose(connection, std::string(all.substr(0, all.find('\r'))));
      return size;
    }
    connections_[connection].state = State::kGreeting;
    used = end + 4;
    if (target_.floor) {
      const std::uint32_t group = population_.group_of(device_of(connection));
      write_raw(connection, {reinterpret_cast<const char*>(&group), sizeof group});
      became_ready(connection);
    }
  }
  while (size - used >= 2) {
    const auto* head = reinterpret_cast<const std::uint8_t*>(data + used);
    std::size_t length = head[1] & 0x7f, header = 2;
    if (length == 126) {
      if (size - used < 4) break;
      length = static_cast<std::size_t>(head[2]) << 8 | head[3];
      header = 4;
    } else if (length == 127) {
      if (size - used < 10) break;
      length = 0;
      for (int i = 2; i < 10; ++i) length = length << 8 | head[i];
      header = 10;
    }
    if (size - used - header < length) break;
    const char* payload = data + used + header;
    used += header + length;
    const std::uint8_t opcode = head[0] & 0x0f;
    if (opcode == kBinary) message(connection, payload, length);
    if (opcode == kPing) write(connection, kPong, {payload, length});
    if (opcode == kClose) lose(connection, "the other end said goodbye");
    if (connections_[connection].state == State::kLost) return size;
  }
  return used;
}

void Clients::message(std::uint32_t connection, const char* data, std::size_t size) {
  // Answers begin with their id, field 1; pushes have none. What is fetched has marks as well.
  if (connections_[connection].state != State::kReady || (size > 0 && data[0] == kIdFollows)) {
    frame(connection, data, size);
    return;
  }
  if (const char* mark = Mark::find(data, size); mark != nullptr) {
    if (delivered) delivered(connection, Mark::decode(mark), size);
    return;
  }
  frame(connection, data, size);
}

void Clients::frame(std::uint32_t connection, const char* data, std::size_t size) {
  Connection& c = connections_[connection];
  wire::ServerFrame frame;
  if (!frame.ParseFromArray(data, static_cast<int>(size))) return lose(connection, "not a frame");
  if (frame.has_error()) {
    ++refused_;
    last_error_ = frame.error().message();
    if (c.state != State::kReady) return lose(connection, "refused: " + last_error_);
  }
  if (c.state == State::kReady) {
    if (frame.id() != 0 && answered) answered(connection, frame);
    return;
  }
  if (frame.has_challenge() && c.state == State::kGreeting)
    return log_in(connection, frame.challenge());
  if (frame.has_opened()) {
    if (c.opened == 1 && crowd_.group) c.entries[0] = frame.opened().last_entry_id();
    open_next(connection);
  }
  if (frame.has_welcomed()) open_next(connection);
}

void Clients::log_in(std::uint32_t connection, const wire::Challenge& challenge) {
  const crypto::SigningKey key = device_key(device_of(connection));
  node_ = NodeId::from(view_of(challenge.node_id())).value();
  trust::Login login;
  login.node_key = NodeKey::from(view_of(challenge.node_key())).value();
  login.challenge = trust::Challenge::from(view_of(challenge.nonce())).value();
  login.device = key.public_key_as<DeviceKey>();
  wire::ClientFrame hello;
  hello.mutable_hello()->set_version(1);
  const Bytes statement = trust::sign_value(login, key);
  hello.mutable_hello()->set_login(std::string(text_of(statement)));
  connections_[connection].state = State::kLoggingIn;
  ask(connection, std::move(hello));
}

std::vector<LogId> Clients::logs_of(std::uint32_t device) const {
  std::vector<LogId> logs;
  if (crowd_.group) logs.push_back(group_id(population_.group_of(device)));
  if (crowd_.channels) {
    logs.push_back(trust::official_log(node_));
    logs.push_back(trust::posts_log(node_));
  }
  return logs;
}

void Clients::open_next(std::uint32_t connection) {
  Connection& c = connections_[connection];
  const std::vector<LogId> logs = logs_of(device_of(connection));
  if (c.opened == logs.size()) return became_ready(connection);
  wire::ClientFrame open;
  open.mutable_open()->set_log(std::string(text_of(logs[c.opened].view())));
  ++c.opened;
  c.state = State::kOpening;
  ask(connection, std::move(open));
}

void Clients::became_ready(std::uint32_t connection) {
  connections_[connection].state = State::kReady;
  ++ready_;
  --on_their_way_;
  if (entered) entered(connection);
}

std::uint64_t Clients::ask(std::uint32_t connection, wire::ClientFrame request) {
  const std::uint64_t id = ++connections_[connection].last_id;
  request.set_id(id);
  write(connection, kBinary, request.SerializeAsString());
  return id;
}

std::uint64_t Clients::send(std::uint32_t connection, std::size_t size, const Mark& mark) {
  if (target_.floor) {
    write_to_floor(connection, size, mark, 0);
    return 0;
  }
  const LogId group = group_id(mark.group);
  wire::ClientFrame frame;
  auto& append = *frame.mutable_append();
  append.set_log(std::string(text_of(group.view())));
  append.set_entry_id(++connections_[connection].entries[mark.group % population_.places]);
  append.set_epoch(0);
  append.set_payload(sealed_message(group, 0, size, mark.encode()));
  return ask(connection, std::move(frame));
}

void Clients::send_everybody(std::uint32_t connection, std::size_t size, const Mark& mark) {
  write_to_floor(connection, size, mark, kToEverybody);
}

void Clients::write_to_floor(std::uint32_t connection, std::size_t size, const Mark& mark,
                             std::uint16_t flags) {
  std::string message = mark.encode();
  message.resize(size, 'x');
  const auto head = static_cast<std::uint16_t>(size | flags);
  message.insert(0, reinterpret_cast<const char*>(&head), sizeof head);
  write_raw(connection, message);
}

// Masked, as a client must (RFC 6455, 5.3); a mask of zeros is one.
void Clients::write(std::uint32_t connection, std::uint8_t opcode, std::string_view payload) {
  std::string bytes;
  bytes.push_back(static_cast<char>(0x80 | opcode));
  if (payload.size() < 126) {
    bytes.push_back(static_cast<char>(0x80 | payload.size()));
  } else if (payload.size() < 65536) {
    bytes.push_back(static_cast<char>(0x80 | 126));
    bytes.push_back(static_cast<char>(payload.size() >> 8));
    bytes.push_back(static_cast<char>(payload.size()));
  } else {
    throw std::runtime_error("a frame that this generator does not send");
  }
  bytes.append(4, '\0').append(payload);
  write_raw(connection, bytes);
}

void Clients::write_raw(std::uint32_t connection, std::string_view bytes) {
  Connection& c = connections_[connection];
  if (c.state == State::kLost) return;
  if (!c.unsent.empty()) {
    c.unsent.append(bytes);
    return;
  }
  const ssize_t sent =
      c.tls ? c.tls->send(bytes) : ::send(c.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return lose(connection, std::strerror(errno));
  const std::size_t done = sent < 0 ? 0 : static_cast<std::size_t>(sent);
  if (done == bytes.size()) return;
  c.unsent.assign(bytes.substr(done));
  watch(connection, true);
}

int Clients::release(std::uint32_t connection) {
  Connection& c = connections_[connection];
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, c.socket, nullptr);
  --ready_;
  c.state = State::kLost;
  return std::exchange(c.socket, -1);
}

void Clients::lose(std::uint32_t connection, const std::string& why) {
  Connection& c = connections_[connection];
  if (c.state == State::kLost) return;
  const bool was_ready = c.state == State::kReady;
  --(was_ready ? ready_ : on_their_way_);
  c.state = State::kLost;
  c.tls.reset();
  ::close(c.socket);
  c.socket = -1;
  last_error_ = why;
  if (crowd_.persistent && !was_ready) {
    ++again_;
    later_.push_back({Clock::now() + kComeAgain, connection});
  } else {
    ++lost_;
  }
}

}  // namespace xom::load
