#include "server/config/config.h"

#include <gtest/gtest.h>

#include <fstream>

#include "server/config/data_folder.h"
#include "server/limits.h"
#include "server/upkeep.h"
#include "tests/support/node_process.h"

namespace xom::server {
namespace {

class ConfigTest : public ::testing::Test {
 protected:
  Result<Config> read(const std::string& text) {
    const auto file = folder_.path() / "xom.toml";
    std::ofstream(file) << text;
    return read_config(file);
  }
  test::TemporaryFolder folder_;
};

TEST_F(ConfigTest, HasADefaultForEverything) {
  auto config = read_config(folder_.path() / "missing.toml");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->listen_port, 8443);
  EXPECT_EQ(config->listen_address, "127.0.0.1");
}

TEST_F(ConfigTest, TakesWhatIsWritten) {
  auto config = read("listen_port = 9000\nlog_level = \"debug\"\n");
  ASSERT_TRUE(config.has_value()) << config.error().message;
  EXPECT_EQ(config->listen_port, 9000);
  EXPECT_EQ(config->log_level, "debug");
}

TEST_F(ConfigTest, SaysHowLongEachClassOfLogIsKept) {
  auto config = read("keep_group_days = 40\nkeep_group_mb = 2\nkeep_inbox_days = 0\n");
  ASSERT_TRUE(config.has_value()) << config.error().message;
  const Retention keep = retention_of(*config);
  const Keep& group = keep[static_cast<std::size_t>(LogClass::kGroup)];
  EXPECT_EQ(group.age, std::chrono::days(40));
  EXPECT_EQ(group.bytes, 2u * 1024 * 1024);
  EXPECT_EQ(group.at_least, limits::kKeptAtLeast);
  const Keep& inbox = keep[static_cast<std::size_t>(LogClass::kInbox)];
  EXPECT_EQ(inbox.age.count(), 0);
  EXPECT_EQ(inbox.bytes, 0u) << "for ever, unless it is said";
  const Keep& channel = keep[static_cast<std::size_t>(LogClass::kChannel)];
  EXPECT_EQ(channel.age.count(), 0);
  EXPECT_EQ(channel.bytes, 0u);
}

TEST_F(ConfigTest, TellsAllFaultsAtOnceWithTheirLines) {
  auto config = read("listen_port = 0\nlisten_prot = 1\nlog_level = \"loud\"\nweb_folder = 3\n");
  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().code, ErrorCode::kBadConfiguration);
  for (const char* part :
       {":1: listen_port", ":2: unknown key listen_prot", ":3: log_level", ":4: web_folder"})
    EXPECT_NE(config.error().message.find(part), std::string::npos) << part;
}

TEST_F(ConfigTest, RefusesACertificateWithoutItsKeyAndBrokenToml) {
  EXPECT_FALSE(read("tls_certificate = \"a.pem\"\n").has_value());
  EXPECT_FALSE(read("listen_port = \n").has_value());
}

TEST_F(ConfigTest, DataFolderKeepsTheNodeKeyToItself) {
  ASSERT_TRUE(crypto::initialise());
  NodeId authority;
  authority.bytes.fill(7);
  const auto path = folder_.path() / "data";
  auto made = create_data_folder(path, authority, "", crypto::system_random());
  ASSERT_TRUE(made.has_value()) << made.error().message;
  const auto mode = std::filesystem::status(path / "node.key").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  auto opened = open_data_folder(path);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->node_id, authority);
  EXPECT_EQ(opened->node_key.public_key_as<NodeKey>(), made->node_key.public_key_as<NodeKey>());
  EXPECT_EQ(create_data_folder(path, authority, "", crypto::system_random()).error().code,
            ErrorCode::kAlreadyExists);
}

}  // namespace
}  // namespace xom::server
