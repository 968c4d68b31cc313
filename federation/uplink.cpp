#include "federation/uplink.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <map>
#include <set>

#include "federation/deadline.h"

namespace xom::federation {

namespace asio = boost::asio;

// One link, from the end of its handshake to its end.
class Uplink::Session {
 public:
  Session(Uplink& owner, SecureLink& link)
      : owner_(owner),
        link_(link),
        wake_(owner.executor_),
        silence_(owner.executor_, kSilence, link.channel()) {
    owner_.session_ = this;
  }
  ~Session() { owner_.session_ = nullptr; }

  Awaitable<Result<void>> run() {
    using asio::experimental::awaitable_operators::operator&&;
    co_await (receive() && send());
    co_return end_;
  }

  void stop() { end_with(Error{ErrorCode::kUnavailable, "this node stops"}); }

 private:
  void wake() {
    news_ = true;
    wake_.cancel();
  }
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
      if (!handled) end_with(handled.error());
    }
  }

  Awaitable<Result<void>> handle(Bytes bytes) {
    auto frame = decode_frame(bytes);
    if (!frame) co_return std::unexpected(frame.error());
    Result<void> done;
    switch (frame->frame_case()) {
      case link::LinkFrame::kOffer:
        done = co_await take_offer(frame->offer());
        break;
      case link::LinkFrame::kEntries:
        done = co_await take_entries(frame->entries());
        break;
      case link::LinkFrame::kHead:
        done = take_head(frame->head());
        break;
      case link::LinkFrame::kPing:
        pong_due_ = frame->ping().token();
        owner_.proved_good();
        wake();
        break;
      case link::LinkFrame::kPong:
        owner_.proved_good();
        break;
      case link::LinkFrame::kError:
        done = std::unexpected(error_from(frame->error()).during("the parent says"));
        break;
      default:
        done = fail(ErrorCode::kNotPermitted, "a parent may not follow its child");
    }
    co_return done;
  }

  Awaitable<Result<void>> take_offer(link::Offer offer) {
    if (static_cast<std::size_t>(offer.logs_size()) > kMaxOfferedLogs)
      co_return fail(ErrorCode::kTooLarge, "the parent offers too many logs");
    std::vector<std::pair<LogId, Cursor>> fresh;
    for (const wire::LogInfo& info : offer.logs()) {
      auto log = LogId::from(view_of(info.log()));
      auto node = NodeId::from(view_of(info.node()));
      if (!log || !node) co_return fail(ErrorCode::kMalformed, "offer with a wrong id");
      if (followed_.contains(*log)) continue;
      const OfferedLog offered{*log, info.kind(), *node};
      auto cursor = co_await owner_.mirrors_.follow(offered, owner_.self_.node_id);
      if (!cursor) co_return std::unexpected(cursor.error());
      followed_.insert(*log);
      if (followed_.size() > kMaxOfferedLogs)
        co_return fail(ErrorCode::kTooLarge, "the parent offers too many logs");
      fresh.emplace_back(*log, *cursor);
    }
    for (const auto& [log, cursor] : fresh) {
      link::LinkFrame frame;
      frame.mutable_follow()->set_log(std::string(text_of(log.view())));
      put_cursor(*frame.mutable_follow()->mutable_cursor(), cursor);
      outgoing_.push_back(encode(frame));  // bounded: one per followed log
    }
    owner_.connected();
    wake();
    co_return Result<void>{};
  }

  Result<LogId> followed(const std::string& id) const {
    auto log = LogId::from(view_of(id));
    if (!log) return log;
    if (!followed_.contains(*log))
      return fail(ErrorCode::kNotPermitted, "the parent sends a log that we do not follow");
    return log;
  }

  Awaitable<Result<void>> take_entries(wire::Entries page) {
    auto log = followed(page.log());
    if (!log) co_return std::unexpected(log.error());
    if (static_cast<std::size_t>(page.entries_size()) > kPageEntries)
      co_return fail(ErrorCode::kTooLarge, "more entries than a page may hold");
    std::vector<storage::LogEntry> entries;
    entries.reserve(static_cast<std::size_t>(page.entries_size()));
    for (const wire::Entry& entry : page.entries()) {
      auto read = from_wire(entry);
      if (!read) co_return std::unexpected(read.error());
      entries.push_back(std::move(*read));
    }
    auto accepted = co_await owner_.mirrors_.accept(*log, std::move(entries));
    if (accepted && page.entries_size() > 0) owner_.proved_good();
    co_return accepted;
  }

  Result<void> take_head(const link::Head& head) {
    auto log = followed(head.log());
    if (!log) return std::unexpected(log.error());
    return owner_.mirrors_.accept_head(*log, view_of(head.signed_head()));
  }

  Awaitable<void> send() {
    while (!ended_) {
      news_ = false;
      link::LinkFrame frame;
      Bytes next;
      if (!outgoing_.empty()) {
        next = std::move(outgoing_.front());
        outgoing_.pop_front();
      } else if (pong_due_) {
        frame.mutable_pong()->set_token(*pong_due_);
        pong_due_.reset();
        next = encode(frame);
      } else if (ping_due_) {
        frame.mutable_ping()->set_token(++ping_token_);
        ping_due_ = false;
        next = encode(frame);
      } else {
        co_await wait_for_news();
        continue;
      }
      auto sent = co_await link_.write(std::move(next));
      if (!sent) end_with(sent.error());
    }
    if (end_.error().code != ErrorCode::kIo) (void)co_await link_.finish();
    link_.close();
  }

  Awaitable<void> wait_for_news() {
    if (ended_ || news_) co_return;
    wake_.expires_after(kPingEvery);
    boost::system::error_code ec;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (!ec) ping_due_ = true;
  }

  Uplink& owner_;
  SecureLink& link_;
  asio::steady_timer wake_;
  Deadline silence_;
  std::deque<Bytes> outgoing_;
  std::set<LogId> followed_;
  std::optional<std::uint64_t> pong_due_;
  std::uint64_t ping_token_ = 0;
  bool ping_due_ = false;
  bool news_ = false;
  bool ended_ = false;
  Result<void> end_;
};

Uplink::Uplink(asio::any_io_executor executor, UplinkOptions options, LinkIdentity self,
               trust::Verifier& verifier, Mirrors& mirrors, Dialer dialer, crypto::Random& random)
    : executor_(executor),
      options_(std::move(options)),
      self_(self),
      verifier_(verifier),
      mirrors_(mirrors),
      dialer_(std::move(dialer)),
      random_(random),
      pause_(executor),
      delay_(options_.first_delay) {
  status_.url = options_.url;
}

Awaitable<void> Uplink::run() {
  while (!stopping_) {
    auto end = co_await run_once();
    if (stopping_) break;
    Error why{ErrorCode::kIo, "link ended"};
    if (!end) why = end.error();
    lost(std::move(why));
    pause_.expires_after(next_delay());
    boost::system::error_code ignored;
    co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  status_.connected = false;
}

Awaitable<Result<void>> Uplink::run_once() {
  auto channel = co_await dialer_(options_.url);
  if (!channel) co_return std::unexpected(channel.error());
  if (stopping_) co_return Result<void>{};
  PeerPolicy policy = [this](const PeerIdentity& peer) { return expect_parent(peer); };
  handshaking_ = channel->get();
  auto link = co_await SecureLink::handshake(std::move(*channel), Role::kChild, self_,
                                             std::move(policy), random_);
  handshaking_ = nullptr;
  if (!link) co_return std::unexpected(link.error());
  if (stopping_) co_return Result<void>{};
  Session session(*this, **link);
  auto end = co_await session.run();
  co_return end;
}

Result<void> Uplink::expect_parent(const PeerIdentity& peer) const {
  if (peer.node_id != options_.parent)
    return fail(ErrorCode::kWrongNode,
                "another node answers at the parent's address: " + peer.node_id.hex());
  auto known = verifier_.node(options_.parent);
  if (!known) return expect_node_key(options_.first_key)(peer);
  if (!known->revoked && verifier_.is_node_key(options_.parent, peer.node_key)) return {};
  return fail(ErrorCode::kWrongNode,
              "no certificate names the node key of what answers at the parent's address");
}

void Uplink::connected() {
  if (status_.connected) return;
  status_.connected = true;
  status_.last_error.reset();
  ++status_.links;
  if (options_.on_change) options_.on_change(status_);
}

// Not at the handshake: while this node's disk is full a link comes up, and ends with the first
// page.
void Uplink::proved_good() { delay_ = options_.first_delay; }

void Uplink::lost(Error error) {
  status_.connected = false;
  status_.last_error = std::move(error);
  if (options_.on_change) options_.on_change(status_);
}

std::chrono::milliseconds Uplink::next_delay() {
  const auto whole = delay_;
  delay_ = std::min(delay_ * 2, options_.longest_delay);
  std::array<std::uint8_t, 4> drawn{};
  random_.fill(drawn);
  const std::uint64_t number =
      drawn[0] | drawn[1] << 8 | drawn[2] << 16 | std::uint64_t{drawn[3]} << 24;
  const auto half = static_cast<std::uint64_t>(whole.count() / 2);
  return std::chrono::milliseconds(half + number % (half + 1));
}

void Uplink::stop() {
  stopping_ = true;
  pause_.cancel();
  if (handshaking_ != nullptr) handshaking_->close();
  if (session_ != nullptr) session_->stop();
}

}  // namespace xom::federation
