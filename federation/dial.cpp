#include "federation/dial.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <optional>

#include "federation/websocket_channel.h"

namespace xom::federation {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;

struct Target {
  bool tls = false;
  std::string host;
  std::string port;
  std::string path;
};

constexpr const char* kAddress = "; one looks like https://ward.example or http://127.0.0.1:8443";

Result<Target> target_of(const std::string& text) {
  auto url = boost::urls::parse_uri(text);
  if (url.has_error()) return fail(ErrorCode::kMalformed, "not an address: " + text + kAddress);
  Target target;
  const std::string scheme(url->scheme());
  if (scheme == "wss" || scheme == "https")
    target.tls = true;
  else if (scheme != "ws" && scheme != "http")
    return fail(ErrorCode::kMalformed, "not an address of a node: " + text + kAddress);
  target.host = url->host_address();
  if (target.host.empty())
    return fail(ErrorCode::kMalformed, "address without a host: " + text + kAddress);
  target.port = url->has_port() ? std::string(url->port()) : target.tls ? "443" : "80";
  target.path = std::string(url->encoded_path());
  if (target.path.empty()) target.path = "/";
  return target;
}

std::unexpected<Error> io_error(const char* what, const Target& target,
                                const boost::system::error_code& ec) {
  return fail(ErrorCode::kIo,
              std::string(what) + " " + target.host + ":" + target.port + ": " + ec.message());
}

// With IPv6 addresses in brackets, as the Host header wants it.
std::string authority_of(const Target& target) {
  if (target.host.find(':') != std::string::npos) return "[" + target.host + "]:" + target.port;
  return target.host + ":" + target.port;
}

Awaitable<Result<void>> connect(beast::tcp_stream& tcp, const Target& target) {
  boost::system::error_code ec;
  auto token = asio::redirect_error(asio::use_awaitable, ec);
  asio::ip::tcp::resolver resolver(tcp.get_executor());
  auto addresses = co_await resolver.async_resolve(target.host, target.port, token);
  if (ec) co_return io_error("cannot resolve", target, ec);
  co_await tcp.async_connect(addresses, token);
  if (ec) co_return io_error("cannot connect to", target, ec);
  boost::system::error_code ignored;
  tcp.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return Result<void>{};
}

template <class Stream>
Awaitable<Result<ChannelPtr>> upgrade(Stream stream, const Target& target, std::size_t most_bytes) {
  boost::system::error_code ec;
  // From here on the WebSocket's own timeouts take over, and its pings notice a dead line.
  beast::get_lowest_layer(stream).expires_never();
  stream.set_option(ws::stream_base::timeout::suggested(beast::role_type::client));
  stream.read_message_max(most_bytes);
  const std::string host = authority_of(target);
  co_await stream.async_handshake(host, target.path, asio::redirect_error(asio::use_awaitable, ec));
  if (ec) co_return io_error("no WebSocket at", target, ec);
  ChannelPtr channel = std::make_unique<WebSocketChannel<Stream>>(std::move(stream), most_bytes);
  co_return channel;
}

Result<asio::ssl::context> tls_context(const std::string& ca_file) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  boost::system::error_code ec;
  if (ca_file.empty())
    context.set_default_verify_paths(ec);
  else
    context.load_verify_file(ca_file, ec);
  if (ec)
    return fail(ErrorCode::kBadConfiguration,
                "cannot read the certificate authorities " + ca_file + ": " + ec.message());
  context.set_verify_mode(asio::ssl::verify_peer, ec);
  return context;
}

Awaitable<Result<ChannelPtr>> dial_tls(beast::tcp_stream tcp, const Target& target,
                                       const DialOptions& options) {
  auto context = tls_context(options.ca_file);
  if (!context) co_return std::unexpected(context.error());
  beast::ssl_stream<beast::tcp_stream> tls(std::move(tcp), *context);
  tls.set_verify_callback(asio::ssl::host_name_verification(target.host));
  if (!SSL_set_tlsext_host_name(tls.native_handle(), target.host.c_str()))
    co_return fail(ErrorCode::kMalformed, "host name not usable for TLS: " + target.host);
  boost::system::error_code ec;
  co_await tls.async_handshake(asio::ssl::stream_base::client,
                               asio::redirect_error(asio::use_awaitable, ec));
  if (ec) co_return io_error("no trustworthy TLS at", target, ec);
  ws::stream<beast::ssl_stream<beast::tcp_stream>> stream(std::move(tls));
  auto channel = co_await upgrade(std::move(stream), target, options.most_bytes);
  co_return channel;
}

}  // namespace

Awaitable<Result<ChannelPtr>> dial(std::string url, DialOptions options) {
  auto target = target_of(url);
  if (!target) co_return std::unexpected(target.error());
  beast::tcp_stream tcp(co_await asio::this_coro::executor);
  tcp.expires_after(options.timeout);
  auto connected = co_await connect(tcp, *target);
  if (!connected) co_return std::unexpected(connected.error());
  if (target->tls) {
    auto channel = co_await dial_tls(std::move(tcp), *target, options);
    co_return channel;
  }
  ws::stream<beast::tcp_stream> stream(std::move(tcp));
  auto channel = co_await upgrade(std::move(stream), *target, options.most_bytes);
  co_return channel;
}

Result<std::string> with_path(const std::string& url, const std::string& path) {
  auto target = target_of(url);
  if (!target) return std::unexpected(target.error());
  return std::string(target->tls ? "wss://" : "ws://") + authority_of(*target) + path;
}

}  // namespace xom::federation
