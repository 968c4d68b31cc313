// Frames that are given to a socket directly, beside what Beast writes by itself.
#include "server/net/direct_channel.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "server/hub/frame.h"

namespace xom::server {
namespace {

namespace asio = boost::asio;
namespace ws = boost::beast::websocket;
using asio::ip::tcp;
using federation::Awaitable;

SharedFrame numbered(std::uint64_t number, std::size_t size) {
  wire::ServerFrame frame;
  frame.set_id(number);
  frame.mutable_error()->set_message(std::string(size, 'x'));
  return encode_frame(frame);
}

class DirectChannelTest : public ::testing::Test {
 protected:
  // A client that reads nothing yet, and the channel at the node's end. Small buffers, so that they
  // are soon full.
  void SetUp() override {
    tcp::acceptor acceptor(io_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    client_.open(tcp::v4());
    client_.set_option(asio::socket_base::receive_buffer_size(4096));
    client_.connect(acceptor.local_endpoint());
    tcp::socket socket = acceptor.accept();
    socket.set_option(asio::socket_base::send_buffer_size(4096));
    asio::co_spawn(io_, accept(std::move(socket)), asio::detached);
    const std::string upgrade =
        "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: eG9tLWxvYWQteG9tLWxvYQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    asio::write(client_, asio::buffer(upgrade));
    turn_until([&] { return channel_ != nullptr; });
    ASSERT_NE(channel_, nullptr);
    std::string answer;
    asio::read_until(client_, asio::dynamic_buffer(answer), "\r\n\r\n");
    ASSERT_TRUE(answer.starts_with("HTTP/1.1 101"));
  }

  void turn_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done() && std::chrono::steady_clock::now() < end) {
      io_.restart();
      io_.run_for(std::chrono::milliseconds(5));
    }
  }

  Awaitable<void> accept(tcp::socket socket) {
    ws::stream<DirectStream> stream{DirectStream(std::move(socket))};
    co_await stream.async_accept(asio::use_awaitable);
    channel_ = std::make_unique<DirectChannel>(std::move(stream), 1 << 20);
  }
  Awaitable<void> read_all() {
    for (;;) {
      auto message = co_await channel_->read();
      if (!message) break;
      ++read_;
    }
    ended_ = true;
  }
  Awaitable<void> flush() {
    auto flushed = co_await channel_->flush();
    flushed_ = flushed.has_value();
  }

  // Sends frames until the kernel takes no more; answers how many.
  std::uint64_t fill(std::size_t size) {
    std::uint64_t sent = 0;
    while (channel_->flushed()) {
      const SharedFrame frame = numbered(++sent, size);
      const ByteView framed = frame->framed();
      EXPECT_TRUE(channel_->send_framed({&framed, 1}));
    }
    return sent;
  }

  // All that the client gets while `done` does not hold.
  std::string receive_until(const std::function<bool(const std::string&)>& done) {
    std::string all;
    client_.non_blocking(true);
    turn_until([&] {
      char some[4096];
      boost::system::error_code ec;
      std::size_t got = 1;
      while (got > 0) {
        got = client_.read_some(asio::buffer(some), ec);
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
      std::size_t header = 2, size = at(1);
      if (size == 126) {
        if (bytes.size() < 4) return out.whole = false, out;
        header = 4;
        size = static_cast<std::size_t>(at(2)) << 8 | at(3);
      }
      if (size > 65535 || bytes.size() < header + size) return out.whole = false, out;
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
  tcp::socket client_{io_};
  std::unique_ptr<DirectChannel> channel_;
  int read_ = 0;
  bool ended_ = false, flushed_ = false;
};

TEST_F(DirectChannelTest, APongStandsBehindTheFrameThatTheKernelTookHalfOf) {
  asio::co_spawn(io_, read_all(), asio::detached);
  const std::uint64_t sent = fill(3000);
  const SharedFrame more = numbered(0, 10);
  const ByteView framed = more->framed();
  EXPECT_FALSE(channel_->send_framed({&framed, 1})) << "something is kept";
  const char ping[] = {'\x89', '\x81', 0, 0, 0, 0, 'p'};
  const char word[] = {'\x82', '\x81', 0, 0, 0, 0, 'w'};
  asio::write(client_, asio::buffer(ping));
  asio::co_spawn(io_, flush(), asio::detached);
  io_.restart();
  io_.run_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(flushed_);
  const std::string all =
      receive_until([](const std::string& bytes) { return parse(bytes).pongs == 1; });
  const Received got = parse(all);
  EXPECT_TRUE(got.whole);
  EXPECT_EQ(got.pongs, 1);
  ASSERT_EQ(got.numbers.size(), sent);
  for (std::uint64_t i = 0; i < sent; ++i) EXPECT_EQ(got.numbers[i], i + 1);
  turn_until([&] { return flushed_; });
  EXPECT_TRUE(flushed_);
  asio::write(client_, asio::buffer(word));
  turn_until([&] { return read_ == 1; });
  EXPECT_EQ(read_, 1) << "reading goes on";
  channel_->close();
  turn_until([&] { return ended_; });
  EXPECT_TRUE(ended_);
}

TEST_F(DirectChannelTest, SeveralFramesInOneCallOfEverySize) {
  std::vector<SharedFrame> frames;
  std::vector<ByteView> framed;
  for (const std::size_t size : {0u, 1u, 110u, 130u, 3000u, 65500u}) {
    frames.push_back(numbered(frames.size() + 1, size));
    framed.push_back(frames.back()->framed());
  }
  EXPECT_TRUE(channel_->send_framed(framed));
  asio::co_spawn(io_, flush(), asio::detached);
  std::size_t size = 0;
  for (const ByteView one : framed) size += one.size();
  const std::string all =
      receive_until([&](const std::string& bytes) { return bytes.size() >= size; });
  EXPECT_EQ(parse(all).numbers, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
}

TEST_F(DirectChannelTest, ABrokenConnectionEndsTheWaiting) {
  asio::co_spawn(io_, read_all(), asio::detached);
  fill(3000);
  asio::co_spawn(io_, flush(), asio::detached);
  client_.set_option(asio::socket_base::linger(true, 0));
  client_.close();
  turn_until([&] { return ended_; });
  EXPECT_TRUE(ended_);
  channel_->close();
  io_.restart();
  io_.run_for(std::chrono::milliseconds(50));
  const SharedFrame frame = numbered(1, 10);
  const ByteView framed = frame->framed();
  EXPECT_FALSE(channel_->send_framed({&framed, 1}));
}

}  // namespace
}  // namespace xom::server
