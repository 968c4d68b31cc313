// A real node on a disk of its own that runs full: a small file system in memory, which only root
// can mount.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>

#include "tests/integration/node_fixture.h"

namespace xom::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kDiskSize = "size=200m";
constexpr const char* kReserve = "disk_reserve_mb = 64\n";
constexpr std::uint64_t kMiB = 1024 * 1024;

class SmallDisk {
 public:
  SmallDisk() {
    mounted_ = ::mount("xom-test", path().c_str(), "tmpfs", 0, kDiskSize) == 0;
    if (!mounted_) why_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const std::string& why() const { return why_; }

  // Somebody else's file takes all but this.
  void leave(std::uint64_t bytes) {
    const auto free = std::filesystem::space(path()).available;
    const int file = ::open(ballast().c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    ASSERT_GE(file, 0);
    if (free > bytes) {
      EXPECT_EQ(::posix_fallocate(file, 0, static_cast<off_t>(free - bytes)), 0);
    }
    ::close(file);
  }
  void make_space() { std::filesystem::remove(ballast()); }

 private:
  [[nodiscard]] std::filesystem::path ballast() const { return path() / "ballast"; }
  TemporaryFolder folder_;
  bool mounted_ = false;
  std::string why_;
};

class FullDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!disk_.mounted()) GTEST_SKIP() << "a file system cannot be mounted here: " << disk_.why();
    const auto data = disk_.path() / "data";
    std::filesystem::copy(node_.data, data, std::filesystem::copy_options::recursive);
    node_.data = data;
    std::ofstream(data / "xom.toml", std::ios::app) << kReserve;
    node_.start();
    node_.found();
    leader_ = node_.log_in(node_.leader);
    live_.emplace(node_.new_group());
    ASSERT_TRUE(create_group(*leader_, *live_).has_value());
    say_some();
  }
  // The node goes before its disk.
  void TearDown() override {
    if (disk_.mounted()) {
      EXPECT_EQ(node_.terminate(), 0);
    }
  }

  Result<wire::ServerFrame> say(const std::string& text = "x") {
    auto answer = leader_->call(append_frame(live_->id(), EntryId{said_ + 1}, Epoch{0}, text));
    if (answer) ++said_;
    return answer;
  }
  void say_some() {
    for (int i = 0; i < 20; ++i) {
      auto answer = say();
      ASSERT_TRUE(answer.has_value()) << answer.error().message;
    }
  }
  wire::DiskState state() {
    wire::ClientFrame frame;
    frame.mutable_get_status();
    auto answer = leader_->call(std::move(frame));
    return answer ? answer->status().disk().state() : wire::DISK_STATE_UNSPECIFIED;
  }
  bool wait_for(wire::DiskState wanted) {
    for (int i = 0; i < 100; ++i) {
      if (state() == wanted) return true;
      std::this_thread::sleep_for(100ms);
    }
    return false;
  }
  void expect_all_held() {
    auto all = fetch_all(*leader_, live_->id(), Seq{0});
    ASSERT_TRUE(all.has_value()) << all.error().message;
    EXPECT_EQ(all->size(), said_ + 1);  // and the group's first entry
  }

  SmallDisk disk_;
  TestNode node_;
  std::unique_ptr<WsClient> leader_;
  std::optional<LiveGroup> live_;
  std::uint64_t said_ = 0;
};

TEST_F(FullDisk, IsAnnouncedThenRefusesThenRecovers) {
  EXPECT_EQ(state(), wire::DISK_FINE);
  disk_.leave(100 * kMiB);
  EXPECT_TRUE(wait_for(wire::DISK_LOW));
  EXPECT_TRUE(say().has_value());
  disk_.make_space();
  disk_.leave(20 * kMiB);
  EXPECT_TRUE(wait_for(wire::DISK_FULL));
  auto refused = say();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  expect_all_held();
  // A node can also be started on such a disk, and is read.
  leader_.reset();
  EXPECT_EQ(node_.terminate(), 0);
  node_.start();
  leader_ = node_.log_in(node_.leader);
  EXPECT_EQ(state(), wire::DISK_FULL);
  expect_all_held();

  disk_.make_space();
  EXPECT_TRUE(wait_for(wire::DISK_FINE));
  say_some();
  expect_all_held();
}

TEST_F(FullDisk, ThatRunsOutAtOnceLosesNothingAndComesBack) {
  // Faster than the node looks, and more than the write-ahead log has set aside, so that the store
  // itself meets it.
  const std::string large(60 * 1024, 'x');
  for (int i = 0; i < 100 && state() != wire::DISK_FAILED; ++i) {
    disk_.leave(0);
    for (int j = 0; j < 1000 && say(large).has_value(); ++j) {
    }
    if (state() == wire::DISK_FAILED) break;
    disk_.make_space();
    std::this_thread::sleep_for(1100ms);
  }
  ASSERT_EQ(state(), wire::DISK_FAILED);
  expect_all_held();
  disk_.make_space();
  // The node says goodbye, opens its store again and listens again.
  bool back = false;
  for (int i = 0; i < 300 && !back; ++i) {
    std::this_thread::sleep_for(100ms);
    if (state() == wire::DISK_FAILED) continue;
    auto again = WsClient::connect(node_.port);
    if (!again || !say_hello(**again, node_.leader)) continue;
    leader_ = std::move(*again);
    back = state() == wire::DISK_FINE;
  }
  ASSERT_TRUE(back);
  expect_all_held();
  say_some();
  expect_all_held();
}

}  // namespace
}  // namespace xom::test
