// A client's line over a real socket, plain and with TLS: frames that are given to it directly,
// beside what Beast writes by itself.
#include "server/net/web_socket_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <csignal>

#include "server/hub/frame.h"
#include "server/net/tls_transport.h"
#include "tests/support/web_socket_frames.h"

namespace xom::server {
namespace {

namespace asio = boost::asio;
namespace ws = boost::beast::websocket;
using asio::ip::tcp;
using storage::Awaitable;

SharedFrame numbered(std::uint64_t number, std::size_t size) {
  wire::ServerFrame frame;
  frame.set_id(number);
  frame.mutable_error()->set_message(std::string(size, 'x'));
  return encode_frame(frame);
}

// With a certificate that it signed itself, for an hour.
asio::ssl::context server_context() {
  asio::ssl::context context(asio::ssl::context::tls_server);
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  SSL_CTX_use_certificate(context.native_handle(), certificate);
  SSL_CTX_use_PrivateKey(context.native_handle(), key);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return context;
}

// Both ends of a transport in one process. The client is asio's own.
struct Plain {
  using Transport = PlainTransport;
  explicit Plain(asio::io_context& io) : client(io) {}
  tcp::socket& socket() { return client; }
  Transport server_end(tcp::socket socket) { return Transport(std::move(socket)); }
  void handshake(std::function<void()> done) { done(); }
  static Awaitable<void> accept(Transport&) { co_return; }
  tcp::socket client;
};

struct Tls {
  using Transport = TlsTransport;
  explicit Tls(asio::io_context& io) : client(io, client_context) {}
  tcp::socket& socket() { return client.next_layer(); }
  Transport server_end(tcp::socket socket) { return Transport(std::move(socket), context); }
  void handshake(std::function<void()> done) {
    client.async_handshake(asio::ssl::stream_base::client,
                           [done](const boost::system::error_code& ec) {
                             EXPECT_FALSE(ec) << ec.message();
                             done();
                           });
  }
  static Awaitable<void> accept(Transport& transport) {
    for (;;) {
      const Moved moved = transport.handshake();
      EXPECT_FALSE(moved.error) << moved.error.message();
      if (moved.error || moved.bytes > 0) co_return;
      co_await transport.socket().async_wait(moved.waits_for, asio::use_awaitable);
    }
  }
  asio::ssl::context context = server_context();
  asio::ssl::context client_context{asio::ssl::context::tls_client};
  asio::ssl::stream<tcp::socket> client;
};

template <class Ends>
class WebSocketLineTest : public ::testing::Test {
 protected:
  using Transport = typename Ends::Transport;
  using Line = WebSocketLine<Transport>;

  // A client that reads nothing yet, and the line at the node's end. Small buffers, so that they
  // are soon full.
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    tcp::acceptor acceptor(io_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    ends_.socket().open(tcp::v4());
    ends_.socket().set_option(asio::socket_base::receive_buffer_size(4096));
    ends_.socket().connect(acceptor.local_endpoint());
    tcp::socket socket = acceptor.accept();
    socket.set_option(asio::socket_base::send_buffer_size(4096));
    asio::co_spawn(io_, accept(std::move(socket)), asio::detached);
    bool ready = false;
    ends_.handshake([&] { ready = true; });
    turn_until([&] { return ready; });
    asio::write(
        ends_.client,
        asio::buffer(std::string(
            "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: eG9tLWxvYWQteG9tLWxvYQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")));
    const std::string answer =
        receive_until([](const std::string& bytes) { return bytes.ends_with("\r\n\r\n"); });
    ASSERT_TRUE(answer.starts_with("HTTP/1.1 101"));
    ASSERT_NE(line_, nullptr);
  }
  void TearDown() override {
    if (line_ != nullptr) line_->close();
    turn_until([&] { return pending_ == 0; });
  }

  void turn_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < end) {
      io_.restart();
      io_.run_for(std::chrono::milliseconds(5));
    }
  }
  void turn(std::chrono::milliseconds time) {
    io_.restart();
    io_.run_for(time);
  }

  Awaitable<void> accept(tcp::socket socket) {
    Transport transport = ends_.server_end(std::move(socket));
    co_await Ends::accept(transport);
    typename Line::Stream stream{DirectStream<Transport>(std::move(transport))};
    co_await stream.async_accept(asio::use_awaitable);
    line_ = std::make_unique<Line>(std::move(stream), 1 << 20, std::make_shared<int>(0));
  }
  // Receives until the end.
  void receive_all() {
    ++pending_;
    line_->receive([this](Result<Bytes> message) {
      --pending_;
      if (!message) return void(ended_ = message.error().code);
      read_.push_back(std::move(*message));
      receive_all();
    });
  }
  Awaitable<void> flush() {
    ++pending_;
    bool good = true;
    while (good && !line_->flushed()) {
      auto flushed = co_await line_->flush_some();
      good = flushed.has_value();
    }
    flushed_ = good;
    --pending_;
  }

  // Sends frames until the kernel takes no more, and leaves a flush() waiting; answers how many.
  std::uint64_t fill(std::size_t size) {
    std::uint64_t sent = 0;
    flushed_ = true;
    while (flushed_) {
      while (line_->flushed()) {
        const SharedFrame frame = numbered(++sent, size);
        const ByteView framed = frame->framed();
        EXPECT_TRUE(line_->send({&framed, 1}));
      }
      flushed_ = false;
      asio::co_spawn(io_, flush(), asio::detached);
      turn(std::chrono::milliseconds(100));
    }
    return sent;
  }

  // A whole masked frame of a client; the mask is zero.
  static std::string client_frame(char first, std::string_view payload) {
    std::string frame{first};
    if (payload.size() < 126) {
      frame += static_cast<char>(0x80 | payload.size());
    } else {
      frame += static_cast<char>(0x80 | 126);
      frame += static_cast<char>(payload.size() >> 8);
      frame += static_cast<char>(payload.size());
    }
    return frame.append(4, '\0').append(payload);
  }
  void write(const std::string& bytes) {
    ends_.socket().non_blocking(false);
    asio::write(ends_.client, asio::buffer(bytes));
  }

  // All that the client gets while `done` does not hold.
  std::string receive_until(const std::function<bool(const std::string&)>& done) {
    std::string all;
    turn_until([&] {
      ends_.socket().non_blocking(true);
      char some[4096];
      boost::system::error_code ec;
      std::size_t got = 1;
      while (got > 0) {
        got = ends_.client.read_some(asio::buffer(some), ec);
        all.append(some, got);
      }
      return done(all);
    });
    return all;
  }

  struct Received {
    std::vector<std::uint64_t> numbers;
    int pongs = 0;
    bool whole = true;  // nothing but whole frames
  };
  static Received parse(std::string_view bytes) {
    Received out;
    while (!bytes.empty()) {
      if (bytes.size() < 2) return out.whole = false, out;
      const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
      const std::size_t header = test::frame_header_size(view_of(bytes));
      if (header == 0 || header == 10) return out.whole = false, out;
      const std::size_t size = header == 2 ? at(1) : static_cast<std::size_t>(at(2)) << 8 | at(3);
      if (bytes.size() < header + size) return out.whole = false, out;
      if (at(0) == 0x8a) {
        ++out.pongs;
      } else {
        wire::ServerFrame frame;
        if (at(0) != 0x82 || !frame.ParseFromArray(bytes.data() + header, static_cast<int>(size)))
          return out.whole = false, out;
        out.numbers.push_back(frame.id());
      }
      bytes.remove_prefix(header + size);
    }
    return out;
  }

  asio::io_context io_;
  Ends ends_{io_};
  std::unique_ptr<Line> line_;
  std::vector<Bytes> read_;
  int pending_ = 0;
  std::optional<ErrorCode> ended_;
  bool flushed_ = false;
};

struct Names {
  template <class Ends>
  static std::string GetName(int) {
    return std::is_same_v<Ends, Plain> ? "Plain" : "Tls";
  }
};
using BothEnds = ::testing::Types<Plain, Tls>;
TYPED_TEST_SUITE(WebSocketLineTest, BothEnds, Names);

TYPED_TEST(WebSocketLineTest, APongStandsBehindTheFrameThatTheKernelTookHalfOf) {
  this->receive_all();
  const std::uint64_t sent = this->fill(3000);
  const SharedFrame more = numbered(0, 10);
  const ByteView framed = more->framed();
  EXPECT_FALSE(this->line_->send({&framed, 1})) << "something is kept";
  this->write(this->client_frame('\x89', "p"));
  this->turn(std::chrono::milliseconds(50));
  EXPECT_FALSE(this->flushed_);
  const std::string all = this->receive_until(
      [this](const std::string& bytes) { return this->parse(bytes).pongs == 1; });
  const auto got = this->parse(all);
  EXPECT_TRUE(got.whole);
  EXPECT_EQ(got.pongs, 1);
  ASSERT_EQ(got.numbers.size(), sent);
  for (std::uint64_t i = 0; i < sent; ++i) EXPECT_EQ(got.numbers[i], i + 1);
  this->turn_until([this] { return this->flushed_; });
  EXPECT_TRUE(this->flushed_);
  this->write(this->client_frame('\x82', "w"));
  this->turn_until([this] { return !this->read_.empty(); });
  EXPECT_EQ(this->read_.size(), 1u) << "reading goes on";
  this->line_->close();
  this->turn_until([this] { return this->ended_.has_value(); });
  EXPECT_EQ(this->ended_, ErrorCode::kUnavailable);
}

TYPED_TEST(WebSocketLineTest, SeveralFramesInOneCallOfEverySize) {
  std::vector<SharedFrame> frames;
  std::vector<ByteView> framed;
  for (const std::size_t size : {0u, 1u, 110u, 130u, 3000u, 65500u}) {
    frames.push_back(numbered(frames.size() + 1, size));
    framed.push_back(frames.back()->framed());
  }
  EXPECT_TRUE(this->line_->send(framed));
  asio::co_spawn(this->io_, this->flush(), asio::detached);
  std::size_t size = 0;
  for (const ByteView one : framed) size += one.size();
  const std::string all =
      this->receive_until([&](const std::string& bytes) { return bytes.size() >= size; });
  EXPECT_EQ(this->parse(all).numbers, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
}

TYPED_TEST(WebSocketLineTest, MessagesOfEverySizeComeWholeAndInOrder) {
  this->receive_all();
  std::string bytes;
  std::vector<std::size_t> sizes{0, 1, 31, 32, 33, 125, 126, 1500, 20000, 65535, 2};
  for (std::size_t i = 0; i < sizes.size(); ++i)
    bytes += this->client_frame('\x82', std::string(sizes[i], static_cast<char>('a' + i)));
  // In pieces, with turns in between.
  for (std::size_t at = 0, piece = 1; at < bytes.size(); at += piece, piece = piece * 3 + 1) {
    piece = std::min(piece, std::min<std::size_t>(30000, bytes.size() - at));
    this->write(bytes.substr(at, piece));
    this->turn(std::chrono::milliseconds(2));
  }
  this->turn_until([&] { return this->read_.size() == sizes.size(); });
  ASSERT_EQ(this->read_.size(), sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i)
    EXPECT_EQ(this->read_[i], Bytes(sizes[i], static_cast<std::uint8_t>('a' + i)));
}

TYPED_TEST(WebSocketLineTest, WhatIsTooLargeOrTextSaysSo) {
  this->receive_all();
  this->write(this->client_frame('\x81', "text"));
  this->turn_until([this] { return this->ended_.has_value(); });
  EXPECT_EQ(this->ended_, ErrorCode::kMalformed);
  this->ended_.reset();
  this->receive_all();
  const std::string huge{'\x82', '\xff', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};  // 4 GiB
  this->write(huge);
  // The line says why, and waits for the client's close.
  this->receive_until([](const std::string& bytes) { return bytes.contains('\x88'); });
  this->ends_.socket().close();
  this->turn_until([this] { return this->ended_.has_value(); });
  EXPECT_EQ(this->ended_, ErrorCode::kTooLarge);
}

TYPED_TEST(WebSocketLineTest, ABrokenConnectionEndsTheWaiting) {
  this->receive_all();
  this->fill(3000);
  this->ends_.socket().set_option(asio::socket_base::linger(true, 0));
  this->ends_.socket().close();
  this->turn_until([this] { return this->ended_.has_value(); });
  EXPECT_TRUE(this->ended_.has_value());
  this->line_->close();
  this->turn(std::chrono::milliseconds(50));
  const SharedFrame frame = numbered(1, 10);
  const ByteView framed = frame->framed();
  EXPECT_FALSE(this->line_->send({&framed, 1}));
  this->ended_.reset();
  this->receive_all();
  EXPECT_FALSE(this->ended_) << "never before receive() has returned";
  this->turn_until([this] { return this->ended_.has_value(); });
  EXPECT_EQ(this->ended_, ErrorCode::kUnavailable);
}

// The number of a closed socket may be another file's by now.
TEST(TlsTransport, TouchesNoSocketThatWasClosed) {
  asio::io_context io;
  Tls ends(io);
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  ends.socket().connect(acceptor.local_endpoint());
  TlsTransport transport = ends.server_end(acceptor.accept());
  bool ready = false;
  ends.handshake([&] { ready = true; });
  asio::co_spawn(io, Tls::accept(transport), asio::detached);
  io.run_for(std::chrono::seconds(20));
  ASSERT_TRUE(ready);
  const int number = static_cast<int>(transport.socket().native_handle());
  transport.socket().close();
  int other[2];
  ASSERT_EQ(::pipe2(other, O_NONBLOCK), 0);
  ASSERT_EQ(::dup2(other[1], number), number);
  const Bytes some(10);
  const ByteView part = some;
  std::uint8_t into[10];
  for (const Moved& moved :
       {transport.write({&part, 1}), transport.read(into), transport.handshake()})
    EXPECT_EQ(moved.error, asio::error::operation_aborted);
  transport.end();
  EXPECT_EQ(::read(other[0], into, sizeof into), -1) << "nothing went there";
  ::close(number);
  for (const int end : other) ::close(end);
}

}  // namespace
}  // namespace xom::server
