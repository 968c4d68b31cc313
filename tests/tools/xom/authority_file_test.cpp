#include "tools/xom/authority_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/node_process.h"

namespace xom::tools {
namespace {

constexpr AuthorityCost kCheap{
    1, 8};  // Argon2id's least; the real cost is a quarter of a second and more
constexpr std::string_view kPassphrase = "bốn từ ngẫu nhiên";

class AuthorityFileTest : public testing::Test {
 protected:
  AuthorityFileTest() {
    text = seal_authority(key, kPassphrase, crypto::system_random(), kCheap).value();
  }
  const bool started = crypto::initialise();
  crypto::SigningKey key = crypto::SigningKey::generate(crypto::system_random());
  std::string text;
};

TEST_F(AuthorityFileTest, TheRightPassphraseGivesTheKeyBack) {
  auto opened = open_authority(text, kPassphrase);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->public_key_as<AuthorityKey>(), key.public_key_as<AuthorityKey>());
  EXPECT_EQ(public_key_of(text).value(), key.public_key_as<AuthorityKey>());
}

TEST_F(AuthorityFileTest, AnotherPassphraseIsRefusedAsSuch) {
  for (const std::string_view wrong : {"bốn từ ngẫu nhiêN", "bon tu ngau nhien", ""}) {
    auto opened = open_authority(text, wrong);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kUnauthenticated);
  }
}

TEST_F(AuthorityFileTest, TheSeedIsNotInTheFile) {
  EXPECT_EQ(text.find(to_hex(key.seed().view())), std::string::npos);
  EXPECT_NE(text.find(key.public_key_as<AuthorityKey>().hex()),
            std::string::npos);  // the search finds what is there
}

TEST_F(AuthorityFileTest, EveryChangedByteIsDamageAndNeverAnotherKey) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == '0' ? '1' : '0';
    if (changed == text) continue;
    auto opened = open_authority(changed, kPassphrase);
    ASSERT_FALSE(opened) << at;
    EXPECT_TRUE(opened.error().code == ErrorCode::kMalformed ||
                opened.error().code == ErrorCode::kUnsupportedVersion)
        << at;
  }
}

TEST_F(AuthorityFileTest, ATruncatedFileIsDamage) {
  for (std::size_t size = 0; size < text.size(); ++size) {
    auto opened = open_authority(std::string_view(text).substr(0, size), kPassphrase);
    ASSERT_FALSE(opened) << size;
    EXPECT_NE(opened.error().code, ErrorCode::kUnauthenticated) << size;
  }
}

TEST_F(AuthorityFileTest, AFileThatAsksForTooMuchMemoryIsRefusedBeforeItIsTaken) {
  auto costly = seal_authority(key, kPassphrase, crypto::system_random(), kCheap).value();
  costly.replace(costly.find("memory-kib 8"), 12, "memory-kib 99999999");
  costly.resize(costly.find("checksum "));
  costly += "checksum " + crypto::sha256(view_of(costly)).hex() + "\n";
  auto opened = open_authority(costly, kPassphrase);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kTooLarge);
}

TEST_F(AuthorityFileTest, AShortPassphraseIsRefused) {
  auto sealed = seal_authority(key, "ngắn", crypto::system_random(), kCheap);
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, ErrorCode::kMalformed);
}

TEST_F(AuthorityFileTest, AFileIsWrittenForItsOwnerOnlyAndNeverReplaced) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "quan12.authority";
  ASSERT_TRUE(write_new_secret_file(path, text));
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  auto again = write_new_secret_file(path, "other");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(read_small_file(path, kMaxAuthorityFile).value(), text);
  EXPECT_EQ(read_small_file(path, 10).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(read_small_file(folder.path() / "none", 10).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace xom::tools
