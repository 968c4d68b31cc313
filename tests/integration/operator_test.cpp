// What an operator reads when something is wrong: one line with the remedy, and an exit code.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/integration/ward.h"

namespace xom::test {
namespace {

class Operator : public ::testing::Test {
 protected:
  Finished start(int seconds = 20) {
    return run_program({program("xom-node"), "--data", ward_.data().string()}, seconds);
  }
  void write(const std::string& file, const std::string& text) {
    std::ofstream(ward_.data() / file, std::ios::trunc) << text;
  }
  Ward ward_;
};

TEST_F(Operator, a_port_in_use) {
  ward_.start();
  const TemporaryFolder other;
  const auto copy = other.path() / "second";
  ward_.terminate();
  std::filesystem::copy(ward_.data(), copy, std::filesystem::copy_options::recursive);
  ward_.start();
  const Finished finished = run_program({program("xom-node"), "--data", copy.string()}, 20);
  EXPECT_NE(finished.exit_code, 0);
  EXPECT_NE(finished.output.find(std::to_string(ward_.port())), std::string::npos)
      << finished.output;
}

TEST_F(Operator, a_data_folder_in_use) {
  ward_.start();
  const Finished finished = start();
  EXPECT_NE(finished.exit_code, 0);
  EXPECT_LT(finished.exit_code, 128) << finished.output;
}

TEST_F(Operator, a_data_folder_of_a_newer_version) {
  write("format", "xom-data 99\n");
  const Finished finished = start();
  EXPECT_NE(finished.exit_code, 0);
  EXPECT_NE(finished.output.find("99"), std::string::npos) << finished.output;
}

TEST_F(Operator, no_data_folder) {
  const Finished finished = run_program({program("xom-node"), "--data", "/nonexistent/xom"}, 20);
  EXPECT_NE(finished.exit_code, 0);
  EXPECT_NE(finished.output.find("xom node init"), std::string::npos) << finished.output;
}

TEST_F(Operator, a_damaged_configuration_tells_all_faults_at_once) {
  write("xom.toml", "listen_port = 70000\nlisten_adress = \"::\"\n");
  const Finished finished = start();
  EXPECT_NE(finished.exit_code, 0);
  EXPECT_NE(finished.output.find("listen_port"), std::string::npos) << finished.output;
  EXPECT_NE(finished.output.find("listen_adress"), std::string::npos) << finished.output;
}

TEST_F(Operator, a_node_key_that_others_can_read) {
  std::filesystem::permissions(ward_.data() / "node.key", std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const Finished finished = start();
  EXPECT_NE(finished.exit_code, 0);
  EXPECT_NE(finished.output.find("chmod"), std::string::npos) << finished.output;
}

}  // namespace
}  // namespace xom::test
