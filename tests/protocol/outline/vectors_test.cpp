// The working group's vectors. They are not part of the repository: $XOM_VECTORS, or
// ../shared/vectors beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/src.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "protocol/outline/outline.h"

namespace xom::outline {
namespace {

class Vectors : public ::testing::Test {
 protected:
  // False, and the test is to be skipped, if the file is not there.
  bool load(const char* name) {
    const char* folder = std::getenv("XOM_VECTORS");
    const std::string path =
        std::string(folder != nullptr ? folder : XOM_DEFAULT_VECTORS) + "/mls/" + name;
    std::ifstream file(path, std::ios::binary);
    if (!file) return false;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    cases = boost::json::parse(text).as_array();
    return !cases.empty();
  }
  static Bytes bytes(const boost::json::value& test, const char* field) {
    return from_hex(test.at(field).as_string().c_str()).value();
  }
  boost::json::array cases;
};

#define LOAD_OR_SKIP(name) \
  if (!load(name)) GTEST_SKIP() << "no test vectors (" name "): set XOM_VECTORS to their folder"

TEST_F(Vectors, EveryMessageIsReadAndAllItsPrefixesAreRefused) {
  LOAD_OR_SKIP("messages.json");
  for (const auto& test : cases) {
    EXPECT_TRUE(read_welcome(bytes(test, "mls_welcome")).has_value());
    EXPECT_TRUE(read_group_info(bytes(test, "mls_group_info")).has_value());
    EXPECT_TRUE(read_key_package(bytes(test, "mls_key_package")).has_value());
    EXPECT_TRUE(read_private_message(bytes(test, "private_message")).has_value());
    const Bytes proposal = bytes(test, "public_message_proposal");
    EXPECT_EQ(read_public_message(proposal)->content_type, ContentType::kProposal);
    const Bytes commit = bytes(test, "public_message_commit");
    const auto message = read_public_message(commit);
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->content_type, ContentType::kCommit);
    EXPECT_FALSE(message->commit.proposals.empty());
    EXPECT_EQ(Bytes(message->content.begin(), message->content.end()), bytes(test, "commit"));
    for (std::size_t size = 0; size < commit.size(); ++size) {
      EXPECT_FALSE(read_message(ByteView(commit).first(size)).has_value());
    }
  }
}

TEST_F(Vectors, ApplicationDataInTheClearIsRefused) {
  LOAD_OR_SKIP("messages.json");
  for (const auto& test : cases) {
    EXPECT_EQ(read_message(bytes(test, "public_message_application")).error().code,
              ErrorCode::kMalformed);
  }
}

TEST_F(Vectors, AMessageOfAnotherFormatIsNamedAsSuch) {
  LOAD_OR_SKIP("messages.json");
  EXPECT_EQ(read_welcome(bytes(cases[0], "mls_key_package")).error().code, ErrorCode::kUnknownKind);
  EXPECT_EQ(read_key_package(bytes(cases[0], "mls_welcome")).error().code, ErrorCode::kUnknownKind);
}

TEST_F(Vectors, AWelcomeNamesItsKeyPackageByTheReferenceThatWeCompute) {
  LOAD_OR_SKIP("passive-client-welcome.json");
  for (const auto& test : cases) {
    const Bytes package_bytes = bytes(test, "key_package");
    const Bytes welcome_bytes = bytes(test, "welcome");
    const auto package = read_key_package(package_bytes);
    const auto welcome = read_welcome(welcome_bytes);
    ASSERT_TRUE(package.has_value());
    ASSERT_TRUE(welcome.has_value());
    EXPECT_EQ(package->cipher_suite, kCipherSuite);
    EXPECT_EQ(welcome->cipher_suite, kCipherSuite);
    const Hash reference = key_package_ref(*package);
    EXPECT_TRUE(std::ranges::any_of(welcome->new_members, [&](ByteView member) {
      return std::ranges::equal(member, reference.bytes);
    }));
  }
}

TEST_F(Vectors, CommitsOfARealGroupAreReadInItsEpochs) {
  LOAD_OR_SKIP("passive-client-handling-commit.json");
  for (const auto& test : cases) {
    std::uint64_t last = 0;
    for (const auto& epoch : test.at("epochs").as_array()) {
      const Bytes commit_bytes = bytes(epoch, "commit");
      const auto commit = read_public_message(commit_bytes);
      ASSERT_TRUE(commit.has_value()) << commit.error().message;
      EXPECT_EQ(commit->sender, SenderType::kMember);
      EXPECT_EQ(commit->confirmation_tag.size(), 32U);
      EXPECT_EQ(commit->membership_tag.size(), 32U);
      EXPECT_GT(raw(commit->epoch), last);
      last = raw(commit->epoch);
    }
  }
}

}  // namespace
}  // namespace xom::outline
