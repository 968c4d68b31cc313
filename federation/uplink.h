// The child's side of the link: keeps mirrors of the parent's logs up to date, for as long as the
// node runs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <optional>
#include <string>

#include "federation/limits.h"
#include "federation/mirrors.h"
#include "federation/secure_link.h"

namespace xom::federation {

// dial(), or a pair of queues in tests.
using Dialer = std::function<Awaitable<Result<ChannelPtr>>(std::string url)>;

struct UplinkStatus {
  std::string url;
  bool connected = false;  // proven, and the parent has offered its logs
  std::optional<Error>
      last_error;           // why the last link or attempt ended; stays until the next good link
  std::uint64_t links = 0;  // how many good ones there have been
};

struct UplinkOptions {
  std::string url;  // ws:// or wss://, with the path of the link
  NodeId parent;
  NodeKey
      first_key;  // learned at the enrolment; counts until the mirrors certify the parent's keys
  std::chrono::milliseconds first_delay = kFirstDelay;
  std::chrono::milliseconds longest_delay = kLongestDelay;
  std::function<void(const UplinkStatus&)> on_change;  // may be empty; told after each change
};

class Uplink {
 public:
  // All references must outlive the uplink; one executor for all.
  Uplink(boost::asio::any_io_executor executor, UplinkOptions options, LinkIdentity self,
         trust::Verifier& verifier, Mirrors& mirrors, Dialer dialer, crypto::Random& random);
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  // Connects and reconnects, with delays that double and jitter, until stop(). Never gives up: what
  // a parent refuses today it may allow tomorrow. Run once; the uplink may be destroyed when it has
  // completed.
  [[nodiscard]] Awaitable<void> run();

  // Ends the link, if any, and run() soon after (an attempt to dial is waited for, see
  // DialOptions.timeout).
  void stop();

  [[nodiscard]] const UplinkStatus& status() const { return status_; }

 private:
  class Session;
  Awaitable<Result<void>> run_once();
  Result<void> expect_parent(const PeerIdentity& peer) const;
  void connected();
  void proved_good();  // the next dial after a loss comes soon
  void lost(Error error);
  [[nodiscard]] std::chrono::milliseconds next_delay();

  boost::asio::any_io_executor executor_;
  UplinkOptions options_;
  LinkIdentity self_;
  trust::Verifier& verifier_;
  Mirrors& mirrors_;
  Dialer dialer_;
  crypto::Random& random_;
  UplinkStatus status_;
  boost::asio::steady_timer pause_;
  std::chrono::milliseconds delay_;
  MessageChannel* handshaking_ = nullptr;
  Session* session_ = nullptr;
  bool stopping_ = false;
};

}  // namespace xom::federation
