#include "server/net/listener.h"

#include <netinet/tcp.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <map>
#include <set>

#include "federation/deadline.h"
#include "federation/limits.h"
#include "federation/websocket_channel.h"
#include "server/limits.h"
#include "server/net/tls_files.h"
#include "server/net/tls_transport.h"
#include "server/net/web_socket_line.h"

namespace xom::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ws = boost::beast::websocket;
using asio::ip::tcp;
using federation::Awaitable;

}  // namespace

class Listener::Impl {
 public:
  Impl(asio::any_io_executor executor, ListenerOptions options, const StaticFiles& files,
       const TlsFiles* tls, ClientHandler client, LinkHandler link)
      : executor_(executor),
        options_(std::move(options)),
        files_(files),
        tls_(tls),
        client_(std::move(client)),
        link_(std::move(link)),
        acceptor_(executor),
        idle_(executor) {}

  Result<void> bind() {
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(options_.address, ec);
    if (ec)
      return fail(ErrorCode::kBadConfiguration,
                  "listen_address " + options_.address + " is not an IP address");
    const tcp::endpoint endpoint(address, options_.port);
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(asio::socket_base::max_listen_connections, ec);
    if (!ec) return {};
    const std::string where = options_.address + " port " + std::to_string(options_.port);
    if (ec == asio::error::address_in_use)
      return fail(ErrorCode::kIo,
                  where + " is in use; stop what listens there, or set another listen_port");
    if (ec == asio::error::access_denied)
      return fail(ErrorCode::kIo,
                  "not allowed to listen on " + where + "; set a listen_port above 1023");
    return fail(ErrorCode::kIo,
                "cannot listen on " + where + ": " + ec.message() + "; see listen_address");
  }

  Awaitable<void> run() {
    while (!stopping_) {
      boost::system::error_code ec;
      tcp::socket socket =
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
      if (stopping_) break;
      if (ec) {
        co_await pause_after(ec);
        continue;
      }
      start(std::move(socket));
    }
    while (connections_ > 0) {
      idle_.expires_at(asio::steady_timer::time_point::max());
      boost::system::error_code ended;
      co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    }
  }

  void stop() {
    stopping_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    const std::set<tcp::socket*> early = early_;
    for (tcp::socket* socket : early) socket->close(ignored);
    idle_.cancel();
  }

 private:
  // Out of files or memory: others must get the chance to end.
  Awaitable<void> pause_after(boost::system::error_code) {
    asio::steady_timer timer(executor_, std::chrono::milliseconds(100));
    boost::system::error_code ended;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }

  // A connection's place among those that are allowed; given back when the last who holds it is
  // gone.
  struct Lease {
    Lease(Impl& listener, asio::ip::address from) : listener(listener), from(std::move(from)) {
      ++listener.connections_;
      ++listener.per_address_[this->from];
    }
    ~Lease() {
      --listener.connections_;
      const auto at = listener.per_address_.find(from);
      if (--at->second == 0) listener.per_address_.erase(at);
      listener.idle_.cancel();
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Impl& listener;
    asio::ip::address from;
  };
  using LeasePtr = std::shared_ptr<void>;

  // A connection that is no session or link yet: a stop closes it.
  struct Early {
    Early(Impl& listener, tcp::socket& socket) : listener(listener), socket(socket) {
      listener.early_.insert(&socket);
    }
    ~Early() { listener.early_.erase(&socket); }
    Early(const Early&) = delete;
    Early& operator=(const Early&) = delete;
    Impl& listener;
    tcp::socket& socket;
  };

  void start(tcp::socket socket) {
    boost::system::error_code ec;
    const auto remote = socket.remote_endpoint(ec);
    if (ec) return;
    const auto same = per_address_.find(remote.address());
    if (connections_ >= options_.max_connections ||
        (same != per_address_.end() && same->second >= options_.max_per_address)) {
      spdlog::warn("connection refused: max_sessions or max_sessions_per_address is reached");
      return;  // closed: a client comes back with growing delays
    }
    LeasePtr lease = std::make_shared<Lease>(*this, remote.address());
    set_options(socket);
    asio::co_spawn(executor_, serve(std::move(socket), std::move(lease)), asio::detached);
  }

  // The kernel finds out that the other end is gone, so that nobody here has to ask tens of
  // thousands.
  static void set_options(tcp::socket& socket) {
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    const auto set = [&](int option, int value) {
      ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
    };
    set(TCP_KEEPIDLE, static_cast<int>(limits::kIdle.count()));
    set(TCP_KEEPINTVL, static_cast<int>(limits::kProbeEvery.count()));
    set(TCP_KEEPCNT, limits::kProbes);
    set(TCP_NOTSENT_LOWAT, limits::kUnsentBytes);
    set(TCP_USER_TIMEOUT, static_cast<int>(std::chrono::milliseconds(limits::kStalled).count()));
  }

  // Until the connection has become a session, which goes on by itself, or has ended.
  Awaitable<void> serve(tcp::socket socket, LeasePtr lease) {
    if (tls_ == nullptr) {
      DirectStream<PlainTransport> stream{PlainTransport(std::move(socket))};
      co_await requests(std::move(stream), std::move(lease));
      co_return;
    }
    const auto context = tls_->context();
    DirectStream<TlsTransport> stream{TlsTransport(std::move(socket), *context)};
    const bool secure = co_await secured(stream);
    if (secure) co_await requests(std::move(stream), std::move(lease));
  }

  Awaitable<bool> secured(DirectStream<TlsTransport>& stream) {
    const federation::Deadline deadline(executor_, limits::kHandshake, stream);
    const Early early(*this, stream.socket());
    for (;;) {
      const Moved moved = stream.transport().handshake();
      if (moved.error || moved.bytes > 0) co_return !moved.error;
      boost::system::error_code ec;
      co_await stream.socket().async_wait(moved.waits_for,
                                          asio::redirect_error(asio::use_awaitable, ec));
      if (ec) co_return false;
    }
  }

  template <class Stream>
  Awaitable<void> requests(Stream stream, LeasePtr lease) {
    beast::flat_buffer buffer;
    bool more = true;
    while (more && !stopping_) {
      http::request_parser<http::empty_body> parser;
      parser.header_limit(limits::kHttpHeader);
      parser.body_limit(std::uint64_t{0});
      const bool good = co_await next_request(stream, buffer, parser);
      if (!good) break;
      http::request<http::empty_body> request = parser.release();
      if (ws::is_upgrade(request) && (request.target() == "/ws" || request.target() == "/link")) {
        co_await upgrade(std::move(stream), std::move(request), std::move(lease));
        co_return;
      }
      more = request.keep_alive();
      const bool written = co_await respond(stream, request);
      more = more && written;
    }
    stream.transport().end();
    stream.close();
  }

  template <class Stream>
  Awaitable<bool> next_request(Stream& stream, beast::flat_buffer& buffer,
                               http::request_parser<http::empty_body>& parser) {
    const federation::Deadline deadline(executor_, limits::kHandshake, stream);
    const Early early(*this, stream.socket());
    boost::system::error_code ec;
    co_await http::async_read(stream, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, ec));
    co_return !ec;
  }

  template <class Stream>
  Awaitable<bool> respond(Stream& stream, const http::request<http::empty_body>& request) {
    const HttpAnswer answer =
        files_.answer(std::string(request.method_string()), std::string(request.target()),
                      std::string(request[http::field::accept_encoding]),
                      std::string(request[http::field::host]));
    http::response<http::span_body<const char>> response;
    response.result(answer.status);
    response.version(request.version());
    response.keep_alive(request.keep_alive());
    for (const auto& [name, value] : answer.headers) response.set(name, value);
    response.content_length(answer.body->size());
    if (request.method() != http::verb::head)
      response.body() = beast::span<const char>(answer.body->data(), answer.body->size());
    http::response_serializer<http::span_body<const char>> serializer(response);
    // Its own time: what is left of the wait for the request may be a second.
    const federation::Deadline deadline(executor_, limits::kAnswer, stream);
    const Early early(*this, stream.socket());
    boost::system::error_code ec;
    if (request.method() == http::verb::head)
      co_await http::async_write_header(stream, serializer,
                                        asio::redirect_error(asio::use_awaitable, ec));
    else
      co_await http::async_write(stream, serializer, asio::redirect_error(asio::use_awaitable, ec));
    co_return !ec;
  }

  template <class Transport>
  Awaitable<void> upgrade(DirectStream<Transport> stream, http::request<http::empty_body> request,
                          LeasePtr lease) {
    boost::system::error_code ec;
    if (request.target() == "/link") {
      ws::stream<DirectStream<Transport>> socket(std::move(stream));
      // The link notices silence by itself (federation/downlink.h); Beast's idle pings would be
      // writes that may outlive the stream.
      ws::stream_base::timeout timeout{limits::kHandshake, ws::stream_base::none(), false};
      socket.set_option(timeout);
      co_await socket.async_accept(request, asio::redirect_error(asio::use_awaitable, ec));
      if (ec) co_return;
      using Channel = federation::WebSocketChannel<ws::stream<DirectStream<Transport>>>;
      federation::ChannelPtr channel =
          std::make_unique<Channel>(std::move(socket), federation::kMaxFrame);
      co_await link_(std::move(channel));
      co_return;
    }
    using Line = WebSocketLine<Transport>;
    typename Line::Stream socket(std::move(stream));
    ws::stream_base::timeout timeout{limits::kHandshake, ws::stream_base::none(), false};
    socket.set_option(timeout);
    co_await socket.async_accept(request, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return;
    client_(std::make_unique<Line>(std::move(socket), limits::kClientFrame, std::move(lease)));
  }

  asio::any_io_executor executor_;
  ListenerOptions options_;
  const StaticFiles& files_;
  const TlsFiles* tls_;
  ClientHandler client_;
  LinkHandler link_;
  tcp::acceptor acceptor_;
  asio::steady_timer idle_;
  std::size_t connections_ = 0;
  std::map<asio::ip::address, std::size_t> per_address_;
  std::set<tcp::socket*> early_;
  bool stopping_ = false;
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() = default;

Result<std::unique_ptr<Listener>> Listener::bind(asio::any_io_executor executor,
                                                 ListenerOptions options, const StaticFiles& files,
                                                 const TlsFiles* tls, ClientHandler client,
                                                 LinkHandler link) {
  auto impl = std::make_unique<Impl>(executor, std::move(options), files, tls, std::move(client),
                                     std::move(link));
  if (auto bound = impl->bind(); !bound) return std::unexpected(bound.error());
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

federation::Awaitable<void> Listener::run() { return impl_->run(); }
void Listener::stop() { impl_->stop(); }

}  // namespace xom::server
