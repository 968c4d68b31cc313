#include "server/sessions/send_queue.h"

#include <gtest/gtest.h>

#include "client.pb.h"
#include "server/sessions/budget.h"

namespace xom::server {
namespace {

LogId log_of(std::uint8_t tag) {
  LogId log;
  log.bytes.fill(tag);
  return log;
}
SharedFrame frame_of(std::size_t bytes) {
  wire::ServerFrame frame;
  frame.mutable_error()->set_message(std::string(bytes, 'x'));
  return encode_frame(frame);
}

TEST(SendQueue, DropsPushesWhenFullAndSaysBehindOncePerLog) {
  SendQueue queue(4, 1000);
  const SharedFrame answer = frame_of(10);
  queue.answer(answer);
  for (int i = 0; i < 10; ++i)
    queue.push(log_of(static_cast<std::uint8_t>(1 + i % 2)), frame_of(10));
  EXPECT_LE(queue.entries(), 4u);
  EXPECT_EQ(queue.pop(), answer) << "answers are never dropped";
  int behind = 0;
  while (const SharedFrame frame = queue.pop()) {
    wire::ServerFrame read;
    const ByteView message = frame->message();
    ASSERT_TRUE(read.ParseFromArray(message.data(), static_cast<int>(message.size())));
    ASSERT_TRUE(read.has_behind());
    ++behind;
  }
  EXPECT_EQ(behind, 2);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0u);
  queue.push(log_of(1), frame_of(10));
  EXPECT_EQ(queue.entries(), 1u) << "once told, the log is pushed again";
}

TEST(SendQueue, KeepsItsOrderWhereItNeverEmptiesAndDropsOnlyWhatWaits) {
  SendQueue queue(4, 10'000);
  std::vector<SharedFrame> all;
  for (std::size_t i = 0; i < 40; ++i) {
    all.push_back(frame_of(10 + i));
    queue.push(log_of(1), all.back());
    if (i >= 2) {
      ASSERT_EQ(queue.pop(), all[i - 2]) << i;
    }
  }
  EXPECT_EQ(queue.entries(), 2u);
  EXPECT_EQ(queue.bytes(), all[38]->size() + all[39]->size());
  const SharedFrame answer = frame_of(5);
  queue.answer(answer);
  for (int i = 0; i < 3; ++i) queue.push(log_of(2), frame_of(10));
  EXPECT_EQ(queue.entries(), 1u);
  EXPECT_EQ(queue.bytes(), answer->size());
  EXPECT_EQ(queue.pop(), answer);
  EXPECT_EQ(queue.entries(), 0u);
  EXPECT_FALSE(queue.empty()) << "it has to say Behind";
}

TEST(SendQueue, IsBoundedInBytes) {
  SendQueue queue(1000, 100);
  for (int i = 0; i < 100; ++i) queue.push(log_of(1), frame_of(30));
  EXPECT_LE(queue.bytes(), 100u);
}

TEST(Penalty, EndsASessionThatSendsOnlyGarbageButNotAnHonestOne) {
  const auto now = std::chrono::steady_clock::now();
  Penalty bad;
  bool ended = false;
  for (int i = 0; i < limits::kPenaltyLimit / limits::kPenaltyMalformed; ++i)
    ended = bad.charge(ErrorCode::kMalformed, now);
  EXPECT_TRUE(ended);
  Penalty honest;
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(honest.charge(ErrorCode::kStaleEpoch, now));
  Penalty slow;
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(slow.charge(ErrorCode::kMalformed,
                             now + std::chrono::seconds(i * limits::kPenaltyMalformed)));
}

TEST(Pace, LetsABurstThroughAndThenSlowsDown) {
  const auto now = std::chrono::steady_clock::now();
  Pace pace;
  for (int i = 0; i < static_cast<int>(limits::kRequestBurst); ++i)
    EXPECT_EQ(pace.take(now).count(), 0);
  EXPECT_GT(pace.take(now).count(), 0);
}

}  // namespace
}  // namespace xom::server
