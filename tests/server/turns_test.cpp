#include "server/sessions/turns.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <string>

namespace xom::server {
namespace {

namespace asio = boost::asio;

class TurnsTest : public ::testing::Test {
 protected:
  storage::Awaitable<void> ask(char name) {
    auto turn = co_await turns_.take();
    happened_ += name;
  }
  void come(char name) { asio::co_spawn(io_, ask(name), asio::detached); }
  // Somebody who has something to do in every round.
  void chat(int rounds) {
    happened_ += '.';
    if (rounds > 1) asio::post(io_, [this, rounds] { chat(rounds - 1); });
  }

  asio::io_context io_;
  Turns turns_{io_.get_executor()};
  std::string happened_;
};

TEST_F(TurnsTest, WhoComesAloneWaitsForNobody) {
  asio::post(io_, [this] {
    come('a');
    EXPECT_EQ(happened_, "a");
  });
  io_.run();
  io_.restart();
  asio::post(io_, [this] {
    come('b');
    EXPECT_EQ(happened_, "ab");
  });
  io_.run();
}

TEST_F(TurnsTest, ThoseWhoComeTogetherLeaveRoomBetweenThem) {
  asio::post(io_, [this] {
    for (const char name : {'a', 'b', 'c', 'd'}) come(name);
    chat(20);
  });
  io_.run();
  std::string order = happened_;
  std::erase(order, '.');
  EXPECT_EQ(order, "abcd");
  for (const char* together : {"ab", "bc", "cd"})
    EXPECT_EQ(happened_.find(together), std::string::npos) << happened_;
}

}  // namespace
}  // namespace xom::server
