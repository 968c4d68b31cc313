#include "server/net/static_files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/node_process.h"

namespace xom::server {
namespace {

std::string header(const HttpAnswer& answer, const std::string& name) {
  for (const auto& [key, value] : answer.headers)
    if (key == name) return value;
  return {};
}

class StaticFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto web = folder_.path() / "web";
    std::filesystem::create_directory(web);
    std::ofstream(folder_.path() / "secret") << "secret";
    std::ofstream(web / "index.html") << "page";
    std::ofstream(web / "main-ABCD1234.js") << "script";
    std::ofstream(web / "main-ABCD1234.js.br") << "packed";
    std::ofstream(web / "core-af34c6d7.wasm") << "module";
    std::ofstream(web / "sw.js") << "service worker";
    auto loaded = StaticFiles::load(web);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    files_ = std::move(*loaded);
  }
  HttpAnswer get(const std::string& target, const std::string& accept = "") {
    return files_.answer("GET", target, accept, "phuong.example:8443");
  }
  test::TemporaryFolder folder_;
  StaticFiles files_;
};

TEST_F(StaticFilesTest, ServesThePageOfTheAppUnderItsPathsWithAStrictPolicy) {
  for (const char* path : {"/", "/vao", "/can-bo", "/phat-tin?x=1"}) {
    const HttpAnswer answer = get(path);
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(*answer.body, "page");
    EXPECT_EQ(header(answer, "Cache-Control"), "no-cache");
    const std::string policy = header(answer, "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'self'; script-src 'self' 'wasm-unsafe-eval';"))
        << policy;
    EXPECT_EQ(policy.find("unsafe-inline"), std::string::npos);
  }
}

TEST_F(StaticFilesTest, SendsThePackedFormOnlyToWhoTakesIt) {
  EXPECT_EQ(*get("/main-ABCD1234.js").body, "script");
  EXPECT_EQ(*get("/main-ABCD1234.js", "gzip, br").body, "packed");
  EXPECT_EQ(*get("/main-ABCD1234.js", "gzip, br;q=0").body, "script");
  EXPECT_EQ(header(get("/main-ABCD1234.js", "br"), "Content-Encoding"), "br");
}

TEST_F(StaticFilesTest, WhatIsNamedByItsHashIsKeptForGoodAndNothingElse) {
  const auto immutable = [this](const char* path) {
    return header(get(path), "Cache-Control").find("immutable") != std::string::npos;
  };
  EXPECT_TRUE(immutable("/main-ABCD1234.js"));
  EXPECT_TRUE(immutable("/core-af34c6d7.wasm"));
  EXPECT_FALSE(immutable("/sw.js"));
  EXPECT_FALSE(immutable("/"));
}

TEST_F(StaticFilesTest, NothingOutsideTheFolderCanBeAskedFor) {
  for (const char* path : {"/../secret", "/%2e%2e/secret", "/./../secret", "//secret", "secret",
                           "/main-ABCD1234.js.br"})
    EXPECT_EQ(get(path).status, 404u) << path;
  EXPECT_EQ(files_.answer("POST", "/", "", "").status, 405u);
}

TEST_F(StaticFilesTest, AHostileHostNeverReachesAHeader) {
  const HttpAnswer answer = files_.answer("GET", "/", "", "x; script-src *");
  EXPECT_EQ(header(answer, "Content-Security-Policy").find("x;"), std::string::npos);
}

}  // namespace
}  // namespace xom::server
