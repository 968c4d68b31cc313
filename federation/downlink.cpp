#include "federation/downlink.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "federation/deadline.h"
#include "federation/frames.h"
#include "federation/limits.h"

namespace xom::federation {
namespace {

namespace asio = boost::asio;

// Is this a child of ours today?
Result<void> admit(const trust::Verifier& verifier, const NodeId& self, const PeerIdentity& peer) {
  auto node = verifier.node(peer.node_id);
  if (!node || node->parent != self)
    return fail(ErrorCode::kNotPermitted, "this node has not certified node " + peer.node_id.hex());
  if (node->revoked) return fail(ErrorCode::kRevoked, "the certificate of this node was revoked");
  if (!verifier.is_node_key(peer.node_id, peer.node_key))
    return fail(ErrorCode::kWrongNode, "the certificate names another node key");
  return {};
}

}  // namespace

class Downlink::Session final : public LogFeed::Listener {
 public:
  Session(Downlink& owner, SecureLink& link, asio::any_io_executor executor)
      : owner_(owner), link_(link), wake_(executor), silence_(executor, kSilence, link.channel()) {
    owner_.sessions_.insert(this);
    owner_.feed_.add(*this);
  }
  ~Session() override {
    owner_.feed_.remove(*this);
    owner_.sessions_.erase(this);
  }

  Awaitable<Result<void>> run() {
    using asio::experimental::awaitable_operators::operator&&;
    co_await (receive() && send());
    co_return end_;
  }

  void grown(const LogId& log) override {
    if (auto it = followed_.find(log); it != followed_.end()) it->second.maybe_more = true;
    wake();
  }
  void headed(const LogId& log) override {
    if (auto it = followed_.find(log); it != followed_.end()) it->second.head_due = true;
    wake();
  }
  void stop() {
    if (!ended_) end_with(Error{ErrorCode::kUnavailable, "this node stops"});
  }
  [[nodiscard]] const PeerIdentity& peer() const { return link_.peer(); }

 private:
  struct Followed {
    Seq sent{0};
    bool maybe_more = true;
    bool head_due = true;
  };

  void wake() {
    news_ = true;  // for a sender that is not waiting at this moment
    wake_.cancel();
  }
  // The first reason is the one that is told.
  void end_with(Error error) {
    if (!ended_) {
      end_ = std::unexpected(std::move(error));
      silence_.restart(kFarewell);
    }
    ended_ = true;
    wake();
  }

  Awaitable<void> receive() {
    while (!ended_) {
      silence_.restart(kSilence);
      auto bytes = co_await link_.read();
      if (!bytes) {
        end_with(bytes.error());
        break;
      }
      auto handled = co_await handle(std::move(*bytes));
      if (!handled) {
        end_with(handled.error());
        break;
      }
    }
  }

  Awaitable<Result<void>> handle(Bytes bytes) {
    auto frame = decode_frame(bytes);
    if (!frame) co_return std::unexpected(frame.error());
    if (frame->has_follow()) {
      auto followed = co_await follow(frame->follow());
      co_return followed;
    }
    if (frame->has_ping()) {
      pong_due_ = frame->ping().token();
      wake();
    } else if (frame->has_error()) {
      co_return std::unexpected(error_from(frame->error()).during("the child says"));
    } else if (!frame->has_pong()) {
      co_return fail(ErrorCode::kNotPermitted, "a child may only follow and ping");
    }
    co_return Result<void>{};
  }

  Awaitable<Result<void>> follow(link::Follow request) {
    auto log = LogId::from(view_of(request.log()));
    if (!log) co_return std::unexpected(log.error());
    auto cursor = cursor_from(request.cursor());
    if (!cursor) co_return std::unexpected(cursor.error());
    const bool offered =
        std::any_of(offered_.begin(), offered_.end(), [&](const auto& o) { return o.log == *log; });
    if (!offered) co_return fail(ErrorCode::kNotPermitted, "a log that was not offered");
    auto known = co_await owner_.store_.check_cursor(*log, *cursor);
    if (!known) co_return std::unexpected(known.error().during("cursor of the child"));
    followed_[*log] = Followed{cursor->seq, true, true};
    wake();
    co_return Result<void>{};
  }

  Awaitable<void> send() {
    while (!ended_) {
      auto admitted = admit(owner_.verifier_, owner_.self_.node_id, peer());
      if (!admitted) {
        end_with(admitted.error());
        break;
      }
      news_ = false;
      auto sent = co_await send_next();
      if (!sent) {
        end_with(sent.error());
        break;
      }
      if (!*sent) co_await wait_for_news();
    }
    co_await say_goodbye();
    link_.close();
  }

  // The most urgent thing there is to send; false: nothing.
  Awaitable<Result<bool>> send_next() {
    link::LinkFrame frame;
    if (auto logs = logs_down_to(owner_.verifier_, owner_.self_.node_id); logs != offered_) {
      offered_ = std::move(logs);
      auto filled = co_await fill_offer(*frame.mutable_offer());
      if (!filled) co_return std::unexpected(filled.error());
    } else if (pong_due_) {
      frame.mutable_pong()->set_token(*pong_due_);
      pong_due_.reset();
    } else if (ping_due_) {
      frame.mutable_ping()->set_token(++ping_token_);
      ping_due_ = false;
    } else {
      auto filled = co_await fill_from_logs(frame);
      if (!filled) co_return std::unexpected(filled.error());
      if (!*filled) co_return false;
    }
    Bytes bytes = encode(frame);
    auto sent = co_await link_.write(std::move(bytes));
    if (!sent) co_return std::unexpected(sent.error());
    co_return true;
  }

  Awaitable<Result<void>> fill_offer(link::Offer& offer) {
    for (const OfferedLog& log : offered_) {
      auto state = co_await owner_.store_.state(log.log);
      if (!state) co_return std::unexpected(state.error());
      wire::LogInfo& info = *offer.add_logs();
      info.set_log(std::string(text_of(log.log.view())));
      info.set_kind(log.kind);
      info.set_node(std::string(text_of(log.node.view())));
      put_cursor(*info.mutable_head(), state->head);
    }
    co_return Result<void>{};
  }

  // In the order of the offer: what another log's verification needs is sent before it.
  Awaitable<Result<bool>> fill_from_logs(link::LinkFrame& frame) {
    const std::vector<OfferedLog> order = offered_;
    for (const OfferedLog& log : order) {
      auto it = followed_.find(log.log);
      if (it == followed_.end()) continue;
      if (it->second.maybe_more) {
        it->second.maybe_more = false;  // before the read: what is appended during it sets it again
        const Seq after = it->second.sent;
        auto page = co_await owner_.store_.read(log.log, after, kPageEntries, kPageBytes);
        if (!page) co_return std::unexpected(page.error());
        it = followed_.find(log.log);
        // A second Follow that arrived during the read has moved the cursor: read again from there.
        if (it->second.sent != after)
          it->second.maybe_more = true;
        else if (!page->empty()) {
          wire::Entries& entries = *frame.mutable_entries();
          entries.set_log(std::string(text_of(log.log.view())));
          for (const auto& entry : *page) *entries.add_entries() = to_wire(entry);
          it->second.sent = page->back().seq;
          it->second.maybe_more = true;
          co_return true;
        }
      }
      if (it->second.head_due && !it->second.maybe_more) {
        it->second.head_due = false;
        const Bytes head = owner_.feed_.signed_head(log.log);
        if (head.empty()) continue;
        frame.mutable_head()->set_log(std::string(text_of(log.log.view())));
        frame.mutable_head()->set_signed_head(std::string(text_of(head)));
        co_return true;
      }
    }
    co_return false;
  }

  Awaitable<void> wait_for_news() {
    if (ended_ || news_) co_return;
    wake_.expires_after(kPingEvery);
    boost::system::error_code ec;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (!ec) ping_due_ = true;
  }

  Awaitable<void> say_goodbye() {
    const Error& why = end_.error();
    const bool pointless =
        why.code == ErrorCode::kIo || (why.code == ErrorCode::kUnavailable && !owner_.stopping_);
    if (pointless) co_return;
    link::LinkFrame frame;
    put_error(*frame.mutable_error(), why);
    Bytes bytes = encode(frame);
    auto sent = co_await link_.write(std::move(bytes));
    if (sent) (void)co_await link_.finish();
  }

  Downlink& owner_;
  SecureLink& link_;
  asio::steady_timer wake_;
  Deadline silence_;
  bool news_ = false;
  std::vector<OfferedLog> offered_;
  std::map<LogId, Followed> followed_;  // at most as many as offered
  std::optional<std::uint64_t> pong_due_;
  bool ping_due_ = false;
  std::uint64_t ping_token_ = 0;
  bool ended_ = false;
  Result<void> end_;
};

Downlink::Downlink(storage::LogStore& store, const trust::Verifier& verifier, LogFeed& feed,
                   LinkIdentity self, crypto::Random& random)
    : store_(store), verifier_(verifier), feed_(feed), self_(self), random_(random) {}

Downlink::~Downlink() = default;

Awaitable<Result<void>> Downlink::serve(ChannelPtr channel) {
  if (stopping_) co_return fail(ErrorCode::kUnavailable, "this node stops");
  auto executor = co_await asio::this_coro::executor;
  PeerPolicy
      anybody;  // who it is is judged below, over the sealed link, so that the child is told why
  auto link = co_await SecureLink::handshake(std::move(channel), Role::kParent, self_,
                                             std::move(anybody), random_);
  if (!link) co_return std::unexpected(link.error().during("link of a child"));
  Session session(*this, **link, executor);
  auto end = co_await session.run();
  co_return end;
}

void Downlink::stop() {
  stopping_ = true;
  for (Session* session : sessions_) session->stop();
}

std::vector<PeerIdentity> Downlink::children() const {
  std::vector<PeerIdentity> peers;
  for (const Session* session : sessions_) peers.push_back(session->peer());
  return peers;
}

}  // namespace xom::federation
