// What an operator does, with real nodes: a root, a ward that enrols with a one-time code, its
// units, a revocation.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "server/config/data_folder.h"
#include "tests/support/node_process.h"
#include "tools/xom/authority_file.h"

namespace xom::test {
namespace {

class OperatorFlowTest : public testing::Test {
 protected:
  OperatorFlowTest() { std::ofstream(path("passphrase")) << "bốn từ ngẫu nhiên\n"; }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder.path() / name).string();
  }
  Finished xom(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), XOM_BINARY);
    return run_program(arguments);
  }
  // With the authority's options behind.
  Finished office(const std::string& who, std::vector<std::string> arguments) {
    for (const std::string& more : {std::string("--authority"), path(who + ".auth"),
                                    std::string("--passphrase-file"), path("passphrase")})
      arguments.push_back(more);
    return xom(std::move(arguments));
  }
  std::string make(const std::string& who, std::uint16_t port) {
    EXPECT_EQ(xom({"authority", "create", "--file", path(who + ".auth"), "--passphrase-file",
                   path("passphrase")})
                  .exit_code,
              0);
    const auto made = xom({"node", "init", "--data", path(who), "--authority", path(who + ".auth"),
                           "--listen", "127.0.0.1:" + std::to_string(port)});
    EXPECT_EQ(made.exit_code, 0) << made.output;
    return "ws://127.0.0.1:" + std::to_string(port);
  }
  std::unique_ptr<Process> start(const std::string& who, std::uint16_t port) {
    auto process = std::make_unique<Process>(
        std::vector<std::string>{XOM_NODE_BINARY, "--data", path(who)}, path(who + ".log"));
    EXPECT_TRUE(wait_for_port(*process, port));
    return process;
  }
  bool status_says(const std::string& url, const std::string& words) {
    for (int i = 0; i < 100; ++i) {
      if (xom({"status", "--node", url}).output.find(words) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

  TemporaryFolder folder;
};

TEST_F(OperatorFlowTest, AWardEnrolsOnceFollowsItsParentAndIsCutOffWhenRevoked) {
  const std::uint16_t root_port = free_port();
  const std::string root = make("root", root_port);
  const std::uint16_t ward_port = free_port();
  const std::string ward = make("ward", ward_port);
  make("thief", free_port());
  auto root_node = start("root", root_port);
  ASSERT_EQ(office("root", {"root", "--node", root, "--name", "Công an Quận 12", "--level", "Quận"})
                .exit_code,
            0);

  const auto printed = office(
      "root", {"enrol-code", "--node", root, "--name", "Công an phường", "--level", "Phường"});
  const std::string code = printed.output.substr(
      printed.output.find("xom-e."),
      printed.output.find('\n', printed.output.find("xom-e.")) - printed.output.find("xom-e."));
  const auto asked = office("ward", {"enrol", code, "--data", path("ward"), "--wait", "0"});
  EXPECT_NE(asked.output.find("unavailable"), std::string::npos) << asked.output;
  const auto stolen = office("thief", {"enrol", code, "--data", path("thief"), "--wait", "0"});
  EXPECT_EQ(stolen.exit_code, 1);
  EXPECT_NE(stolen.output.find("spent"), std::string::npos) << stolen.output;
  ASSERT_EQ(office("root", {"certify", "--node", root, "--pending", "--yes"}).exit_code, 0);
  const auto enrolled = office("ward", {"enrol", code, "--data", path("ward"), "--wait", "20"});
  ASSERT_EQ(enrolled.exit_code, 0) << enrolled.output;

  auto ward_node = start("ward", ward_port);
  ASSERT_TRUE(status_says(ward, "(connected)"));
  const auto units = office("ward", {"units", XOM_UNITS_EXAMPLE, "--node", ward});
  EXPECT_NE(units.output.find("124 units, 124 newly signed"), std::string::npos) << units.output;
  const auto again = office("ward", {"units", XOM_UNITS_EXAMPLE, "--node", ward});
  EXPECT_NE(again.output.find("124 units, 0 newly signed"), std::string::npos) << again.output;
  const auto foreign = office("root", {"units", XOM_UNITS_EXAMPLE, "--node", ward});
  EXPECT_NE(foreign.output.find("wrong_node"), std::string::npos) << foreign.output;
  const auto invited = office("ward", {"invite", "--node", ward, "--office", "cell-leader",
                                       "--unit", "kp1/to5", "--name", "Tổ trưởng"});
  EXPECT_NE(invited.output.find("http://127.0.0.1:" + std::to_string(ward_port) + "/#i."),
            std::string::npos);

  root_node->kill_hard();
  EXPECT_TRUE(status_says(ward, "(not connected)"));
  root_node = start("root", root_port);
  EXPECT_TRUE(status_says(ward, "(connected)"));
  const std::string ward_id =
      xom({"authority", "show", "--file", path("ward.auth")}).output.substr(0, 64);
  const auto revoked = office(
      "root", {"revoke", "--node", root, "--child", ward_id, "--reason", "sáp nhập", "--yes"});
  EXPECT_EQ(revoked.exit_code, 0) << revoked.output;
  EXPECT_TRUE(status_says(ward, "(not connected)"));
}

// How often a secret lies in the files of a folder: as bytes, or written in hexadecimal digits.
std::size_t times_found(const std::filesystem::path& folder, ByteView secret) {
  const std::string forms[] = {std::string(text_of(secret)), to_hex(secret)};
  std::size_t times = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (const std::string& form : forms) times += text.find(form) != std::string::npos ? 1 : 0;
  }
  return times;
}

TEST_F(OperatorFlowTest, TheAuthoritysPrivateKeyIsNowhereInTheDataFolder) {
  const std::uint16_t port = free_port();
  const std::string url = make("root", port);
  auto node = start("root", port);
  ASSERT_EQ(office("root", {"root", "--node", url, "--name", "Công an Quận 12", "--level", "Quận"})
                .exit_code,
            0);
  ASSERT_EQ(office("root", {"units", XOM_UNITS_EXAMPLE, "--node", url}).exit_code, 0);
  EXPECT_EQ(node->terminate(), 0);

  const auto file = tools::read_small_file(path("root.auth"), tools::kMaxAuthorityFile);
  ASSERT_TRUE(file);
  const auto authority = tools::open_authority(*file, "bốn từ ngẫu nhiên");
  ASSERT_TRUE(authority) << authority.error().message;
  const auto seed = authority->seed();
  EXPECT_EQ(times_found(path("root"), seed.view()), 0u);

  // The search does find what is there: the node's own key in its file, the public half of the
  // authority's, and the authority's seed where somebody has left it open.
  const auto opened = server::open_data_folder(path("root"));
  ASSERT_TRUE(opened) << opened.error().message;
  const auto node_seed = opened->node_key.seed();
  EXPECT_EQ(times_found(path("root"), node_seed.view()), 1u);
  EXPECT_GE(times_found(path("root"), opened->node_id.view()), 1u);
  std::filesystem::create_directory(path("careless"));
  std::ofstream(path("careless/key")) << to_hex(seed.view());
  EXPECT_EQ(times_found(path("careless"), seed.view()), 1u);
}

}  // namespace
}  // namespace xom::test
