#include "tools/load/client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "client.pb.h"
#include "protocol/trust/session.h"
#include "protocol/trust/verified.h"

namespace xom::load {

namespace {

constexpr std::string_view kMagic = "xom-load";
constexpr std::uint8_t kBinary = 2, kClose = 8, kPing = 9, kPong = 10;
constexpr std::size_t kScratch = 256 * 1024;

// 127.0.0.0/8 is all this machine: no address has so many connections that a limit or the ports of
// one address end.
in_addr source_address(std::uint32_t device) {
  in_addr address{};
  address.s_addr = htonl(0x7f010001u + (device / 250) * 256 + device % 250);
  return address;
}

[[noreturn]] void broken(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

std::string serialised(const wire::ClientFrame& frame) { return frame.SerializeAsString(); }

}  // namespace

std::string Mark::encode() const {
  std::string out(kMagic);
  out.append(reinterpret_cast<const char*>(&due_us), sizeof due_us);
  out.append(reinterpret_cast<const char*>(&group), sizeof group);
  return out;
}

const char* Mark::find(const char* data, std::size_t size) {
  const void* at = ::memmem(data, size, kMagic.data(), kMagic.size());
  if (at == nullptr) return nullptr;
  const char* found = static_cast<const char*>(at);
  return found + kSize <= data + size ? found : nullptr;
}

Mark Mark::decode(const char* at) {
  Mark mark;
  std::memcpy(&mark.due_us, at + kMagic.size(), sizeof mark.due_us);
  std::memcpy(&mark.group, at + kMagic.size() + sizeof mark.due_us, sizeof mark.group);
  return mark;
}

Clients::Clients(Target target, Population population)
    : target_(target),
      population_(population),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      connections_(population.devices()),
      scratch_(kScratch) {
  if (epoll_ < 0) broken("epoll");
}

Clients::~Clients() {
  for (const Connection& connection : connections_) {
    if (connection.socket >= 0) ::close(connection.socket);
  }
  ::close(epoll_);
}

void Clients::connect(std::size_t at_once, std::chrono::seconds limit) {
  const auto end = Clock::now() + limit;
  std::uint32_t next = 0;
  while (ready_ < connections_.size()) {
    while (next < connections_.size() && on_their_way_ < at_once) open(next++);
    poll(std::chrono::milliseconds(10));
    if (lost_ > 0)
      throw std::runtime_error("a connection ended before it was ready: " + last_error_);
    if (refused_ > 0) throw std::runtime_error("a request was refused: " + last_error_);
    if (Clock::now() > end)
      throw std::runtime_error("only " + std::to_string(ready_) + " connections are ready in time");
  }
}

void Clients::open(std::uint32_t device) {
  Connection& c = connections_[device];
  c.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c.socket < 0) broken("socket");
  const int yes = 1;
  ::setsockopt(c.socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(c.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr = source_address(device);
  if (::bind(c.socket, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0) broken("bind");
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(target_.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(c.socket, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)
    broken("connect");
  c.state = State::kConnecting;
  ++on_their_way_;
  watch(device, true, true);
}

void Clients::watch(std::uint32_t device, bool writing, bool add) {
  epoll_event event{};
  event.events = writing ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u32 = device;
  ::epoll_ctl(epoll_, add ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, connections_[device].socket, &event);
}

void Clients::poll(std::chrono::microseconds wait) {
  epoll_event events[256];
  // Whole milliseconds, rounded down: who waits for less asks again at once.
  const int count = ::epoll_wait(epoll_, events, 256, static_cast<int>(wait.count() / 1000));
  for (int i = 0; i < count; ++i) {
    const std::uint32_t device = events[i].data.u32;
    if (events[i].events & EPOLLOUT) writable(device);
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(device);
  }
}

void Clients::writable(std::uint32_t device) {
  Connection& c = connections_[device];
  if (c.state == State::kLost) return;
  if (c.state == State::kConnecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(c.socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      lose(device, std::strerror(error));
      return;
    }
    watch(device, false);
    if (target_.floor) {
      const std::uint32_t group = population_.group_of(device);
      write_raw(device, {reinterpret_cast<const char*>(&group), sizeof group});
      became_ready(device);
      return;
    }
    c.state = State::kUpgrading;
    write_raw(device,
              "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Key: eG9tLWxvYWQteG9tLWxvYQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    return;
  }
  std::string unsent = std::exchange(c.unsent, {});
  watch(device, false);
  write_raw(device, unsent);
}

void Clients::readable(std::uint32_t device) {
  for (;;) {
    Connection& c = connections_[device];
    if (c.state == State::kLost) return;
    const std::size_t held = c.partial.size();
    std::memcpy(scratch_.data(), c.partial.data(), held);
    if (held == scratch_.size()) return lose(device, "a frame that is too large");
    const ssize_t got = ::recv(c.socket, scratch_.data() + held, scratch_.size() - held, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return lose(device, got == 0 ? "closed by the other end" : std::strerror(errno));
    const std::size_t size = held + static_cast<std::size_t>(got);
    const std::size_t used = take(device, scratch_.data(), size);
    c.partial.assign(scratch_.data() + used, size - used);
    if (size < scratch_.size()) return;
  }
}

// Answers how much was used.
std::size_t Clients::take(std::uint32_t device, const char* data, std::size_t size) {
  std::size_t used = 0;
  if (connections_[device].state == State::kUpgrading) {
    const std::string_view all(data, size);
    const std::size_t end = all.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (!all.starts_with("HTTP/1.1 101")) {
      lose(device, std::string(all.substr(0, all.find('\r'))));
      return size;
    }
    connections_[device].state = State::kGreeting;
    used = end + 4;
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
    if (opcode == kBinary) message(device, payload, length);
    if (opcode == kPing) write(device, kPong, {payload, length});
    if (opcode == kClose) lose(device, "the other end said goodbye");
    if (connections_[device].state == State::kLost) return size;
  }
  return used;
}

void Clients::message(std::uint32_t device, const char* data, std::size_t size) {
  if (connections_[device].state != State::kReady) {
    frame(device, data, size);
    return;
  }
  if (const char* mark = Mark::find(data, size); mark != nullptr) {
    if (delivered) delivered(device, Mark::decode(mark));
    return;
  }
  frame(device, data, size);
}

void Clients::frame(std::uint32_t device, const char* data, std::size_t size) {
  Connection& c = connections_[device];
  wire::ServerFrame frame;
  if (!frame.ParseFromArray(data, static_cast<int>(size))) return lose(device, "not a frame");
  if (frame.has_error()) {
    ++refused_;
    last_error_ = frame.error().message();
    return;
  }
  if (frame.has_challenge() && c.state == State::kGreeting) {
    const crypto::SigningKey key = device_key(device);
    trust::Login login;
    login.node_key = NodeKey::from(view_of(frame.challenge().node_key())).value();
    login.challenge = trust::Challenge::from(view_of(frame.challenge().nonce())).value();
    login.device = key.public_key_as<DeviceKey>();
    wire::ClientFrame hello;
    hello.set_id(1);
    hello.mutable_hello()->set_version(1);
    const Bytes statement = trust::sign_value(login, key);
    hello.mutable_hello()->set_login(std::string(text_of(statement)));
    c.state = State::kLoggingIn;
    return write(device, kBinary, serialised(hello));
  }
  if (frame.has_welcomed()) {
    wire::ClientFrame open;
    open.set_id(2);
    const LogId group = group_id(population_.group_of(device));
    open.mutable_open()->set_log(std::string(text_of(group.view())));
    c.state = State::kOpening;
    return write(device, kBinary, serialised(open));
  }
  if (frame.has_opened()) {
    c.entry_id = frame.opened().last_entry_id();
    return became_ready(device);
  }
  if (frame.has_appended() && acknowledged) acknowledged(device);
}

void Clients::became_ready(std::uint32_t device) {
  connections_[device].state = State::kReady;
  ++ready_;
  --on_their_way_;
}

void Clients::send(std::uint32_t device, std::size_t size, const Mark& mark) {
  if (target_.floor) {
    std::string message = mark.encode();
    message.resize(size, 'x');
    const auto length = static_cast<std::uint16_t>(size);
    message.insert(0, reinterpret_cast<const char*>(&length), sizeof length);
    return write_raw(device, message);
  }
  const LogId group = group_id(population_.group_of(device));
  wire::ClientFrame frame;
  frame.set_id(3);
  auto& append = *frame.mutable_append();
  append.set_log(std::string(text_of(group.view())));
  append.set_entry_id(++connections_[device].entry_id);
  append.set_epoch(0);
  append.set_payload(sealed_message(group, 0, size, mark.encode()));
  write(device, kBinary, serialised(frame));
}

// Masked, as a client must (RFC 6455, 5.3); a mask of zeros is one.
void Clients::write(std::uint32_t device, std::uint8_t opcode, std::string_view payload) {
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
  write_raw(device, bytes);
}

void Clients::write_raw(std::uint32_t device, std::string_view bytes) {
  Connection& c = connections_[device];
  if (c.state == State::kLost) return;
  if (!c.unsent.empty()) {
    c.unsent.append(bytes);
    return;
  }
  const ssize_t sent = ::send(c.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return lose(device, std::strerror(errno));
  const std::size_t done = sent < 0 ? 0 : static_cast<std::size_t>(sent);
  if (done == bytes.size()) return;
  c.unsent.assign(bytes.substr(done));
  watch(device, true);
}

void Clients::lose(std::uint32_t device, const std::string& why) {
  Connection& c = connections_[device];
  if (c.state == State::kLost) return;
  if (c.state == State::kReady)
    --ready_;
  else
    --on_their_way_;
  c.state = State::kLost;
  ::close(c.socket);
  c.socket = -1;
  ++lost_;
  last_error_ = why;
}

}  // namespace xom::load
