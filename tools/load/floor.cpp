#include "tools/load/floor.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace xom::load {

namespace {

struct Peer {
  bool entered = false;
  std::int64_t group = -1;
  std::string partial;
};

// Nobody looks whether the answer belongs to the key.
constexpr std::string_view kEntered =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

class Floor {
 public:
  explicit Floor(std::uint16_t port) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, SOMAXCONN) != 0)
      throw std::runtime_error(std::string("cannot listen: ") + std::strerror(errno));
    watch(listener_);
  }

  void run() {
    epoll_event events[256];
    for (;;) {
      const int count = ::epoll_wait(epoll_, events, 256, -1);
      for (int i = 0; i < count; ++i) {
        if (events[i].data.fd == listener_)
          accept();
        else
          read(events[i].data.fd);
      }
    }
  }

 private:
  void watch(int socket) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event);
  }

  void accept() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) return;
      const int yes = 1;
      ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      peers_[socket];
      watch(socket);
    }
  }

  void read(int socket) {
    const ssize_t got = ::recv(socket, scratch_, sizeof scratch_, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    Peer& peer = peers_[socket];
    if (got <= 0) {
      if (peer.group >= 0) std::erase(groups_[peer.group], socket);
      peers_.erase(socket);
      ::close(socket);
      return;
    }
    peer.partial.append(scratch_, static_cast<std::size_t>(got));
    if (!peer.entered) {
      const std::size_t end = peer.partial.find("\r\n\r\n");
      if (end == std::string::npos) return;
      peer.partial.erase(0, end + 4);
      peer.entered = true;
      ::send(socket, kEntered.data(), kEntered.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    if (peer.group < 0 && peer.partial.size() >= 4) {
      std::uint32_t group = 0;
      std::memcpy(&group, peer.partial.data(), sizeof group);
      peer.group = group;
      peer.partial.erase(0, sizeof group);
      groups_[peer.group].push_back(socket);
    }
    while (peer.group >= 0 && peer.partial.size() >= 2) {
      std::uint16_t head = 0;
      std::memcpy(&head, peer.partial.data(), sizeof head);
      const std::size_t length = head & ~kToEverybody;
      if (peer.partial.size() < 2u + length) return;
      const std::string_view payload = std::string_view(peer.partial).substr(2, length);
      if (head & kToEverybody)
        publish_to_all(payload);
      else
        publish(frame_of(payload), groups_[peer.group]);
      peer.partial.erase(0, 2u + length);
    }
  }

  static std::string frame_of(std::string_view payload) {
    std::string frame("\x82\x7e");
    frame.push_back(static_cast<char>(payload.size() >> 8));
    frame.push_back(static_cast<char>(payload.size()));
    return frame.append(payload);
  }

  void publish_to_all(std::string_view payload) {
    const std::string frame = frame_of(payload);
    for (const auto& [group, sockets] : groups_) publish(frame, sockets);
  }

  // What does not fit into a socket is dropped: the generator reads all the time.
  static void publish(const std::string& frame, const std::vector<int>& sockets) {
    for (const int socket : sockets)
      ::send(socket, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  int epoll_;
  int listener_ = -1;
  std::unordered_map<int, Peer> peers_;
  std::unordered_map<std::int64_t, std::vector<int>> groups_;
  char scratch_[64 * 1024];
};

}  // namespace

void serve_floor(std::uint16_t port) { Floor(port).run(); }

}  // namespace xom::load
