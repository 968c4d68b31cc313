// The program as an operator meets it: mistakes give one line with the remedy, and an exit code.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/support/node_process.h"

namespace xom::test {
namespace {

Finished xom_says(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), XOM_BINARY);
  return run_program(arguments);
}

class ArgumentsTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    const auto path = folder.path() / name;
    std::ofstream(path) << text;
    return path.string();
  }
  void expect_one_line(const Finished& done, const std::string& words) {
    EXPECT_EQ(done.exit_code, 1);
    EXPECT_EQ(std::count(done.output.begin(), done.output.end(), '\n'), 1) << done.output;
    EXPECT_TRUE(done.output.starts_with("xom: ")) << done.output;
    EXPECT_NE(done.output.find(words), std::string::npos) << done.output;
  }
  TemporaryFolder folder;
};

TEST_F(ArgumentsTest, MissingAndUnknownArgumentsAreNamed) {
  EXPECT_EQ(xom_says({}).exit_code, 2);
  const auto misspelt = xom_says({"invit", "--name", "N"});
  EXPECT_EQ(misspelt.exit_code, 2);
  EXPECT_NE(misspelt.output.find("no command \"invit\""), std::string::npos) << misspelt.output;
  const auto missing = xom_says({"root", "--node", "ws://127.0.0.1:1"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_NE(missing.output.find("--authority"), std::string::npos);
  EXPECT_NE(xom_says({"status", "--nod", "x"}).exit_code, 0);
  const auto office = xom_says({"invite", "--node", "ws://127.0.0.1:1", "--authority", "x",
                                "--office", "mayor", "--name", "N"});
  EXPECT_EQ(office.exit_code, 2);
  EXPECT_NE(office.output.find("mayor"), std::string::npos);
  EXPECT_NE(office.output.find("cell-leader"), std::string::npos) << office.output;
}

// What is signed with an empty name cannot be taken back quietly.
TEST_F(ArgumentsTest, NamesThatSayNothingAreRefused) {
  for (const char* name : {"", " ", "\t \n"}) {
    const std::vector<std::string> node{"--node", "ws://127.0.0.1:1", "--authority", "x"};
    for (std::vector<std::string> command :
         {std::vector<std::string>{"invite", "--office", "publisher", "--name", name},
          std::vector<std::string>{"root", "--level", "Quận", "--name", name},
          std::vector<std::string>{"root", "--name", "Quận 12", "--level", name},
          std::vector<std::string>{"enrol-code", "--level", "Phường", "--name", name}}) {
      command.insert(command.end(), node.begin(), node.end());
      const auto refused = xom_says(command);
      EXPECT_EQ(refused.exit_code, 2) << refused.output;
      EXPECT_NE(refused.output.find("is empty"), std::string::npos) << refused.output;
    }
  }
  EXPECT_EQ(xom_says({"qr", ""}).exit_code, 2);
}

TEST_F(ArgumentsTest, AnUnreachableNodeIsNamed) {
  const std::string url = "ws://127.0.0.1:" + std::to_string(free_port());
  expect_one_line(xom_says({"status", "--node", url}), "cannot connect to");
  expect_one_line(xom_says({"status", "--node", "ftp://x"}), "not an address of a node");
  expect_one_line(xom_says({"status", "--node", "tch"}), "http://127.0.0.1:8443");
}

TEST_F(ArgumentsTest, AnAuthorityIsMadeOnceAndItsFolderNodeFollows) {
  const std::string passphrase = file("passphrase", "bốn từ ngẫu nhiên\n");
  const std::string key = (folder.path() / "q12.authority").string();
  const auto made =
      xom_says({"authority", "create", "--file", key, "--passphrase-file", passphrase});
  ASSERT_EQ(made.exit_code, 0) << made.output;
  expect_one_line(xom_says({"authority", "create", "--file", key, "--passphrase-file", passphrase}),
                  "is there already");
  const auto shown = xom_says({"authority", "show", "--file", key});
  EXPECT_TRUE(made.output.starts_with(shown.output.substr(0, 64)));

  const std::string data = (folder.path() / "data").string();
  const auto init =
      xom_says({"node", "init", "--data", data, "--authority", key, "--listen", "127.0.0.1:18443"});
  ASSERT_EQ(init.exit_code, 0) << init.output;
  expect_one_line(xom_says({"node", "init", "--data", data, "--authority", key}), "already");
  expect_one_line(
      xom_says({"node", "init", "--data", data + "2", "--authority", key, "--listen", "8443"}),
      "ADDRESS:PORT");
  expect_one_line(
      xom_says({"node", "init", "--data", data + "2", "--authority", key, "--web", "/nowhere"}),
      "no built client in /nowhere");
  expect_one_line(xom_says({"enrol", "half-a-code", "--data", data, "--authority", key}),
                  "not a whole enrolment code");
}

TEST_F(ArgumentsTest, FilesThatAreNotThereOrNotWhatTheyShouldBeAreNamed) {
  const std::string junk = file("junk", "hello\n");
  expect_one_line(xom_says({"authority", "show", "--file", junk}), "not an authority file");
  expect_one_line(
      xom_says({"node", "init", "--data", folder.path() / "d", "--authority", "nowhere"}),
      "nowhere");
  expect_one_line(xom_says({"units", junk, "--node", "ws://127.0.0.1:1", "--authority", "x"}),
                  "line 1");
  const std::string shorty = file("short", "abc\n");
  expect_one_line(
      xom_says({"authority", "create", "--file", folder.path() / "k", "--passphrase-file", shorty}),
      "too short");
}

TEST_F(ArgumentsTest, AQrCodeIsDrawn) {
  const auto drawn = xom_says({"qr", "https://tch.example/"});
  EXPECT_EQ(drawn.exit_code, 0);
  EXPECT_NE(drawn.output.find("█"), std::string::npos);
}

}  // namespace
}  // namespace xom::test
