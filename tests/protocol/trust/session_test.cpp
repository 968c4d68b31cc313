#include "protocol/trust/session.h"

#include "tests/protocol/trust/world.h"

namespace xom::trust::test {
namespace {

TEST(Logins, AnswerOneChallengeOfOneNode) {
  const Person person("a");
  const TestNode node("node");
  const TestNode other("other");
  Login login;
  login.node_key = node.node.public_key_as<NodeKey>();
  login.challenge.bytes[0] = 1;
  login.device = person.device.public_key_as<DeviceKey>();
  const Bytes good = sign_value(login, person.device);
  EXPECT_EQ(verify_login(good, login.node_key, login.challenge).value(), login.device);
  EXPECT_EQ(verify_login(good, other.node.public_key_as<NodeKey>(), login.challenge).error().code,
            ErrorCode::kUntrusted);
  EXPECT_EQ(verify_login(good, login.node_key, Challenge{}).error().code, ErrorCode::kUntrusted);
  EXPECT_EQ(
      verify_login(sign_value(login, person.account), login.node_key, login.challenge).error().code,
      ErrorCode::kUntrusted);
}

TEST(Links, AProofIsBoundToItsConnectionEndAndKey) {
  const TestNode child("child");
  const TestNode parent("parent");
  const Hash transcript = link_transcript(view_of("child hello"), view_of("parent hello"));
  const Bytes proof = sign_value(LinkHandshake{LinkRole::kChild, transcript}, child.node);
  const NodeKey key = child.node.public_key_as<NodeKey>();
  EXPECT_TRUE(verify_link(proof, key, LinkRole::kChild, transcript).has_value());
  EXPECT_FALSE(verify_link(proof, key, LinkRole::kParent, transcript).has_value());
  EXPECT_FALSE(verify_link(proof, key, LinkRole::kChild, Hash{}).has_value());
  EXPECT_FALSE(
      verify_link(proof, parent.node.public_key_as<NodeKey>(), LinkRole::kChild, transcript)
          .has_value());
}

TEST(Links, TheTranscriptSeparatesItsParts) {
  EXPECT_NE(link_transcript(view_of("ab"), view_of("c")),
            link_transcript(view_of("a"), view_of("bc")));
  EXPECT_NE(link_transcript(view_of("a"), view_of("b")),
            link_transcript(view_of("b"), view_of("a")));
}

}  // namespace
}  // namespace xom::trust::test
