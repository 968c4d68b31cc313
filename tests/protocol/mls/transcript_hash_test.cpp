#include "protocol/mls/transcript_hash.h"

#include <gtest/gtest.h>

#include "tests/protocol/mls/samples.h"
#include "tests/protocol/mls/vectors.h"

namespace xom::mls {
namespace {

using testing::hex;

Bytes bytes_of(const Hash& hash) { return {hash.bytes.begin(), hash.bytes.end()}; }

TEST(TranscriptHash, TheWorkingGroupsCommitsGiveTheirHashesAndTags) {
  XOM_VECTORS_OR_SKIP(cases, suite_cases, "transcript-hashes.json");
  for (const auto& test : cases) {
    const auto commit = decode<AuthenticatedContent>(hex(test, "authenticated_content"));
    ASSERT_TRUE(commit) << commit.error().message;
    ASSERT_EQ(commit->content.type(), ContentType::kCommit);
    const Hash confirmed =
        confirmed_transcript_hash(hex(test, "interim_transcript_hash_before"), *commit);
    EXPECT_EQ(bytes_of(confirmed), hex(test, "confirmed_transcript_hash_after"));
    EXPECT_EQ(bytes_of(interim_transcript_hash(confirmed.view(), commit->auth.confirmation_tag)),
              hex(test, "interim_transcript_hash_after"));
    EXPECT_EQ(confirmation_tag(Secret(hex(test, "confirmation_key")), confirmed.view()),
              commit->auth.confirmation_tag);
  }
}

TEST(TranscriptHash, EveryPartOfACommitButItsTagIsConfirmed) {
  AuthenticatedContent commit{WireFormat::kPublicMessage,
                              testing::sample_content(ContentType::kCommit),
                              {Bytes(64, 1), Bytes(32, 2)}};
  const Bytes interim(32, 3);
  const Hash hash = confirmed_transcript_hash(interim, commit);
  EXPECT_NE(hash, confirmed_transcript_hash({}, commit));
  const auto changed = [&](auto change) {
    AuthenticatedContent other = commit;
    change(other);
    return confirmed_transcript_hash(interim, other) != hash;
  };
  EXPECT_TRUE(changed([](auto& c) { c.wire_format = WireFormat::kPrivateMessage; }));
  EXPECT_TRUE(changed([](auto& c) { c.content.authenticated_data.push_back(0); }));
  EXPECT_TRUE(changed([](auto& c) { c.auth.signature[0] ^= 1; }));
  EXPECT_FALSE(changed([](auto& c) { c.auth.confirmation_tag[0] ^= 1; }));
  EXPECT_NE(interim_transcript_hash(hash.view(), Bytes(32, 2)),
            interim_transcript_hash(hash.view(), Bytes(32, 4)));
}

}  // namespace
}  // namespace xom::mls
