#include "tools/load/intruders.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace xom::load {

namespace {

constexpr std::uint64_t kMostAttempts = 4000;
constexpr std::chrono::milliseconds kBetweenAttempts{10};
constexpr std::chrono::seconds kEntry{5};
constexpr std::chrono::seconds kByteEvery{1};
constexpr std::chrono::seconds kPatience{2};  // of who sent garbage and is not dropped
constexpr int kTinyBuffer = 4096;
constexpr std::uint32_t kPage = 256;
constexpr int kAskedTogether = 16;
constexpr std::size_t kScratch = 16 * 1024;

constexpr char kFinal = static_cast<char>(0x80);
constexpr char kBinary = 2, kReserved = 3, kPing = 9;
constexpr char kReservedBits = 0x70;
constexpr char kMasked = static_cast<char>(0x80);
constexpr char kLength16 = 126, kLength64 = 127;

// The head of a masked frame, with a mask of zeros.
std::string head(char first, std::uint64_t size) {
  std::string out{static_cast<char>(kFinal | first)};
  int bytes = 0;
  if (size < 126) {
    out.push_back(static_cast<char>(kMasked | static_cast<char>(size)));
  } else {
    bytes = size < 65536 ? 2 : 8;
    out.push_back(static_cast<char>(kMasked | (bytes == 2 ? kLength16 : kLength64)));
  }
  while (bytes-- > 0) out.push_back(static_cast<char>(size >> (8 * bytes)));
  return out.append(4, '\0');
}

// So that closing tells the other end at once, and leaves nothing behind here.
void abort_connection(int socket) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket);
}

bool would_wait() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

Intruders::Intruders(Target target, Population population, std::uint32_t first)
    : target_(target), population_(population) {
  for (std::uint32_t device = 0; device < population_.devices(); ++device) {
    if (device % population_.members < first) continue;
    Intruder& who = all_.emplace_back();
    who.device = device;
    who.kind = static_cast<Kind>(all_.size() % 4);
    who.round = static_cast<std::uint32_t>(all_.size() / 4);
  }
}

Intruders::~Intruders() {
  for (const Intruder& who : all_)
    if (who.socket >= 0) abort_connection(who.socket);
}

std::size_t Intruders::not_reading() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(all_, [](const Intruder& who) { return reads_little(who.kind); }));
}

void Intruders::step() {
  enter_next();
  for (Intruder& who : all_) {
    if (who.socket < 0) continue;
    if (reads_little(who.kind))
      ask(who);
    else
      make_trouble(who);
  }
}

void Intruders::enter_next() {
  const auto now = Clock::now();
  if (now < next_attempt_ || counts_.attempts >= kMostAttempts) return;
  next_attempt_ = now + kBetweenAttempts;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    Intruder& who = all_[turn_++ % all_.size()];
    if (who.socket >= 0) continue;
    ++counts_.attempts;
    if (who.kind == Kind::kComesAndGoes)
      come_and_go(who);
    else
      enter(who);
    return;
  }
}

void Intruders::enter(Intruder& who) {
  try {
    Clients one(target_, population_,
                {.first = who.device,
                 .devices = 1,
                 .receive_buffer = reads_little(who.kind) ? kTinyBuffer : 0});
    one.connect(1, kEntry);
    who.socket = one.release(0);
    who.unsent.clear();
    who.waiting = false;
    who.due = Clock::now();
    ++counts_.entered;
  } catch (const std::runtime_error& e) {
    ++counts_.failed;
    last_error_ = e.what();
  }
}

// A connection that is aborted at once, one that is in the middle of its first request, and one
// that has logged in.
void Intruders::come_and_go(Intruder& who) {
  const std::uint32_t form = who.round++ % 3;
  if (form == 2) {
    enter(who);
    if (who.socket >= 0) leave(who, false);
    return;
  }
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(target_.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket < 0 || ::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    ++counts_.failed;
    last_error_ = std::strerror(errno);
  } else if (form == 1) {
    constexpr std::string_view kBegun = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgr";
    (void)::send(socket, kBegun.data(), kBegun.size(), MSG_NOSIGNAL);
  }
  if (socket >= 0) abort_connection(socket);
}

// For pages of the group, more than it will ever read.
void Intruders::ask(Intruder& who) {
  if (who.unsent.empty()) {
    wire::ClientFrame request;
    const LogId group = group_id(population_.group_of(who.device));
    request.mutable_fetch()->set_log(std::string(text_of(group.view())));
    request.mutable_fetch()->set_limit(kPage);
    for (int i = 0; i < kAskedTogether; ++i) {
      request.set_id(1000 + who.round++);
      const std::string bytes = request.SerializeAsString();
      who.unsent.append(head(kBinary, bytes.size())).append(bytes);
    }
    counts_.asked += kAskedTogether;
  }
  flush(who);
  if (who.socket < 0 || who.kind != Kind::kReadsSlowly || Clock::now() < who.due) return;
  who.due = Clock::now() + kByteEvery;
  if (!discard(who, 1)) leave(who, true);
}

void Intruders::make_trouble(Intruder& who) {
  if (!who.waiting) {
    who.unsent = garbage(who.round++);
    who.due = Clock::now() + kPatience;
    who.waiting = true;
    ++counts_.garbage;
  }
  flush(who);
  if (who.socket < 0) return;
  if (!discard(who, kScratch)) return leave(who, true);
  if (Clock::now() >= who.due) leave(who, false);
}

std::string Intruders::garbage(std::uint32_t round) {
  std::string some(100, '\0');
  for (char& byte : some) byte = static_cast<char>(noise_());
  std::string out;
  switch (round % 6) {
    case 0:  // frames whose content says nothing
      for (int i = 0; i < 32; ++i) out.append(head(kBinary, some.size())).append(some);
      return out;
    case 1:  // too large, by its head
      return head(kBinary, std::uint64_t{1} << 40).append(some);
    case 2:  // without a mask
      return out.append({static_cast<char>(kFinal | kBinary), static_cast<char>(some.size())})
          .append(some);
    case 3:  // of no kind that there is
      return head(static_cast<char>(kReservedBits | kReserved), some.size()).append(some);
    case 4:  // half of a large one, then silence
      return head(kBinary, 1'000'000).append(500'000, 'x');
    default:  // much to answer, that is no request
      for (int i = 0; i < 1000; ++i) out.append(head(kPing, some.size())).append(some);
      return out;
  }
}

void Intruders::flush(Intruder& who) {
  if (who.unsent.empty()) return;
  const ssize_t sent =
      ::send(who.socket, who.unsent.data(), who.unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) who.unsent.erase(0, static_cast<std::size_t>(sent));
  if (sent < 0 && !would_wait()) leave(who, true);
}

bool Intruders::discard(Intruder& who, std::size_t most) {
  char scratch[kScratch];
  const ssize_t got = ::recv(who.socket, scratch, std::min(most, sizeof scratch), MSG_DONTWAIT);
  return got > 0 || (got < 0 && would_wait());
}

void Intruders::leave(Intruder& who, bool dropped) {
  if (dropped) ++counts_.dropped;
  abort_connection(who.socket);
  who.socket = -1;
}

}  // namespace xom::load
