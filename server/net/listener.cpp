#include "server/net/listener.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <map>
#include <set>

#include "federation/limits.h"
#include "federation/websocket_channel.h"
#include "server/limits.h"
#include "server/net/direct_channel.h"
#include "server/net/tls_files.h"

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
       const TlsFiles* tls, ChannelHandler client, ChannelHandler link)
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
    const std::set<beast::tcp_stream*> waiting = waiting_;
    for (beast::tcp_stream* stream : waiting) stream->cancel();
    idle_.cancel();
  }

 private:
  // Out of files or memory: others must get the chance to end.
  Awaitable<void> pause_after(boost::system::error_code) {
    asio::steady_timer timer(executor_, std::chrono::milliseconds(100));
    boost::system::error_code ended;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ended));
  }

  void start(tcp::socket socket) {
    boost::system::error_code ec;
    const auto remote = socket.remote_endpoint(ec);
    if (ec) return;
    const std::string address = remote.address().to_string();
    if (connections_ >= options_.max_connections ||
        per_address_[address] >= options_.max_per_address) {
      if (per_address_[address] == 0) per_address_.erase(address);
      spdlog::warn("connection refused: max_sessions or max_sessions_per_address is reached");
      return;  // closed: a client comes back with growing delays
    }
    socket.set_option(tcp::no_delay(true), ec);
    ++connections_;
    ++per_address_[address];
    asio::co_spawn(executor_, serve(std::move(socket)), [this, address](const std::exception_ptr&) {
      --connections_;
      if (--per_address_[address] == 0) per_address_.erase(address);
      idle_.cancel();
    });
  }

  // What a connection became.
  struct Entered {
    federation::ChannelPtr channel;  // nullptr: it has ended
    bool is_link = false;
  };

  // What the handshakes needed is given back before the session begins, which is long.
  Awaitable<void> serve(tcp::socket socket) {
    Entered entered = co_await enter(std::move(socket));
    if (entered.channel == nullptr) co_return;
    if (entered.is_link)
      co_await link_(std::move(entered.channel));
    else
      co_await client_(std::move(entered.channel));
  }

  Awaitable<Entered> enter(tcp::socket socket) {
    beast::tcp_stream stream(std::move(socket));
    if (tls_ == nullptr) {
      Entered entered = co_await requests(std::move(stream));
      co_return entered;
    }
    const auto context = tls_->context();
    beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), *context);
    beast::get_lowest_layer(secure).expires_after(limits::kHandshake);
    boost::system::error_code ec;
    co_await secure.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return Entered();
    Entered entered = co_await requests(std::move(secure));
    co_return entered;
  }

  template <class Stream>
  Awaitable<Entered> requests(Stream stream) {
    beast::flat_buffer buffer;
    bool more = true;
    while (more && !stopping_) {
      http::request_parser<http::empty_body> parser;
      parser.header_limit(limits::kHttpHeader);
      parser.body_limit(std::uint64_t{0});
      beast::tcp_stream& bottom = beast::get_lowest_layer(stream);
      bottom.expires_after(limits::kHandshake);
      waiting_.insert(&bottom);
      boost::system::error_code ec;
      co_await http::async_read(stream, buffer, parser,
                                asio::redirect_error(asio::use_awaitable, ec));
      waiting_.erase(&bottom);
      if (ec) break;
      http::request<http::empty_body> request = parser.release();
      if (ws::is_upgrade(request) && (request.target() == "/ws" || request.target() == "/link")) {
        Entered entered = co_await upgrade(std::move(stream), std::move(request));
        co_return entered;
      }
      more = request.keep_alive();
      const bool written = co_await respond(stream, request);
      more = more && written;
    }
    beast::get_lowest_layer(stream).close();
    co_return Entered();
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
    beast::get_lowest_layer(stream).expires_after(limits::kAnswer);
    boost::system::error_code ec;
    if (request.method() == http::verb::head)
      co_await http::async_write_header(stream, serializer,
                                        asio::redirect_error(asio::use_awaitable, ec));
    else
      co_await http::async_write(stream, serializer, asio::redirect_error(asio::use_awaitable, ec));
    co_return !ec;
  }

  template <class Stream>
  Awaitable<Entered> upgrade(Stream stream, http::request<http::empty_body> request) {
    using Channel = federation::WebSocketChannel<ws::stream<Stream>>;
    Entered entered;
    entered.is_link = request.target() == "/link";
    beast::get_lowest_layer(stream).expires_never();
    if (entered.is_link) {
      entered.channel =
          co_await open<Channel>(std::move(stream), std::move(request), federation::kMaxFrame);
    } else if constexpr (std::is_same_v<Stream, beast::tcp_stream>) {
      DirectStream direct(stream.release_socket());
      entered.channel =
          co_await open<DirectChannel>(std::move(direct), std::move(request), limits::kClientFrame);
    } else {
      entered.channel =
          co_await open<Channel>(std::move(stream), std::move(request), limits::kClientFrame);
    }
    co_return entered;
  }

  // nullptr: it failed.
  template <class Channel, class Stream>
  Awaitable<federation::ChannelPtr> open(Stream stream, http::request<http::empty_body> request,
                                         std::size_t most) {
    ws::stream<Stream> socket(std::move(stream));
    ws::stream_base::timeout timeout{limits::kHandshake, limits::kIdle, true};
    socket.set_option(timeout);
    boost::system::error_code ec;
    co_await socket.async_accept(request, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return nullptr;
    co_return std::make_unique<Channel>(std::move(socket), most);
  }

  asio::any_io_executor executor_;
  ListenerOptions options_;
  const StaticFiles& files_;
  const TlsFiles* tls_;
  ChannelHandler client_;
  ChannelHandler link_;
  tcp::acceptor acceptor_;
  asio::steady_timer idle_;
  std::size_t connections_ = 0;
  std::map<std::string, std::size_t> per_address_;
  std::set<beast::tcp_stream*> waiting_;  // for their next request
  bool stopping_ = false;
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() = default;

Result<std::unique_ptr<Listener>> Listener::bind(asio::any_io_executor executor,
                                                 ListenerOptions options, const StaticFiles& files,
                                                 const TlsFiles* tls, ChannelHandler client,
                                                 ChannelHandler link) {
  auto impl = std::make_unique<Impl>(executor, std::move(options), files, tls, std::move(client),
                                     std::move(link));
  if (auto bound = impl->bind(); !bound) return std::unexpected(bound.error());
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

federation::Awaitable<void> Listener::run() { return impl_->run(); }
void Listener::stop() { impl_->stop(); }

}  // namespace xom::server
