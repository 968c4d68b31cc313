// What a child sees of its parent: everything, once, in order, whatever happens to the link.
#include <gtest/gtest.h>

#include "protocol/trust/log_ids.h"
#include "tests/federation/test_node.h"

namespace xom::test {
namespace {

bool same(const std::vector<storage::LogEntry>& a, const std::vector<storage::LogEntry>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].seq != b[i].seq || a[i].header != b[i].header || a[i].payload != b[i].payload)
      return false;
  return true;
}

class MirrorTest : public testing::Test {
 protected:
  MirrorTest() {
    EXPECT_TRUE(crypto::initialise());
    parent = std::make_unique<TestNode>(io);
    child = std::make_unique<TestNode>(io, parent->id());
    parent->certify_self();
    certificate = parent->certify(*child);
  }
  ~MirrorTest() override {
    if (child) child->disconnect();
  }

  bool caught_up(TestNode& reader) {
    return reader.until([&] { return equal(reader); });
  }
  bool equal(TestNode& reader) {
    return reader.verifier->cursor(parent->official()) ==
           parent->verifier->cursor(parent->official());
  }

  boost::asio::io_context io;
  std::unique_ptr<TestNode> parent;
  std::unique_ptr<TestNode> child;
  StatementId certificate;
};

TEST_F(MirrorTest, AChildGetsWhatItMissesThenWhatIsNew) {
  for (int i = 0; i < 600; ++i) parent->add_unit("kp" + std::to_string(i));  // more than two pages
  child->connect(*parent);
  ASSERT_TRUE(caught_up(*child)) << child->uplink->status().last_error->message;
  EXPECT_TRUE(child->uplink->status().connected);
  parent->add_unit("moi");
  ASSERT_TRUE(caught_up(*child));
  EXPECT_TRUE(same(child->log(parent->official()), parent->log(parent->official())));
  EXPECT_EQ(child->uplink->status().links, 1u);
}

TEST_F(MirrorTest, HeadsOfTheParentReachTheChildAndCountAsHeard) {
  child->connect(*parent);
  ASSERT_TRUE(caught_up(*child));
  parent->sign_head();
  ASSERT_TRUE(child->until([&] { return !child->heads[parent->official()].empty(); }));
  EXPECT_EQ(child->heads[parent->official()], parent->heads[parent->official()]);
}

// Connection n is cut after n messages of the parent: in the handshake, then before, between and
// after the pages.
Meddle cut_after(std::size_t messages) {
  return [messages](std::size_t number, const Bytes& m) -> Arriving {
    if (number >= messages) return std::nullopt;
    return std::vector<Bytes>{m};
  };
}

TEST_F(MirrorTest, ALinkCutAfterAnyMessageResumesWithoutLossOrRepeat) {
  for (int i = 0; i < 1500; ++i) parent->add_unit("kp" + std::to_string(i));
  std::size_t connections = 0;
  child->connect(*parent, [&](std::size_t connection) {
    connections = connection + 1;
    return cut_after(connection);
  });
  ASSERT_TRUE(caught_up(*child));
  EXPECT_GE(connections,
            6u);  // two in the handshake, one before the offer, at least three in the pages
  EXPECT_TRUE(same(child->log(parent->official()), parent->log(parent->official())));
  EXPECT_EQ(child->pushes, parent->pushes);
}

TEST_F(MirrorTest, AChildThatIsRestartedAtEveryCutGoesOnFromItsDisk) {
  for (int i = 0; i < 1000; ++i) parent->add_unit("kp" + std::to_string(i));
  for (std::size_t messages = 0; messages < 8; ++messages) {
    bool cut = false;
    child->connect(*parent, [&](std::size_t) -> Meddle {
      return [&, messages](std::size_t number, const Bytes& m) -> Arriving {
        if (number < messages) return std::vector<Bytes>{m};
        cut = true;
        return std::nullopt;
      };
    });
    child->until([&] { return cut || equal(*child); });
    child->restart();
  }
  child->connect(*parent);
  ASSERT_TRUE(caught_up(*child));
  EXPECT_TRUE(same(child->log(parent->official()), parent->log(parent->official())));
  EXPECT_EQ(child->pushes, parent->pushes);
}

TEST_F(MirrorTest, AParentThatWasAwayIsFoundAgain) {
  child->connect(*parent);
  ASSERT_TRUE(caught_up(*child));
  parent->restart();
  parent->add_unit("sau");
  ASSERT_TRUE(caught_up(*child));
  EXPECT_EQ(child->uplink->status().links, 2u);
  EXPECT_FALSE(child->uplink->status().last_error.has_value());
}

TEST_F(MirrorTest, AChildThatCannotStoreDialsEverMoreRarely) {
  child->longest_delay = std::chrono::seconds(60);
  child->break_disk();
  child->connect(*parent);
  EXPECT_TRUE(child->until([&] { return child->dials() >= 6; }));
  const auto begin = std::chrono::steady_clock::now();
  child->until([&] { return std::chrono::steady_clock::now() > begin + std::chrono::seconds(1); });
  EXPECT_LT(child->dials(), 20u);
  EXPECT_TRUE(child->log(parent->official()).empty());
}

TEST_F(MirrorTest, AnotherNodeAtTheParentsAddressIsRefusedAndNamed) {
  child->connect(*parent);
  ASSERT_TRUE(caught_up(*child));
  child->disconnect();
  parent->node_key =
      crypto::SigningKey::generate(crypto::system_random());  // the right id, an uncertified key
  child->connect(*parent);
  ASSERT_TRUE(child->until([&] { return child->uplink->status().last_error.has_value(); }));
  EXPECT_EQ(child->uplink->status().last_error->code, ErrorCode::kWrongNode);
  EXPECT_FALSE(child->uplink->status().connected);
}

TEST_F(MirrorTest, ANodeThatWasNeverCertifiedGetsNothing) {
  TestNode stranger(io, parent->id());
  stranger.connect(*parent);
  ASSERT_TRUE(stranger.until([&] { return stranger.uplink->status().last_error.has_value(); }));
  EXPECT_EQ(stranger.uplink->status().last_error->code, ErrorCode::kNotPermitted);
  EXPECT_TRUE(stranger.log(parent->official()).empty());
}

TEST_F(MirrorTest, AChildWithAnotherNodeKeyThanItsCertificateGetsNothing) {
  child->node_key = crypto::SigningKey::generate(crypto::system_random());
  child->connect(*parent);
  ASSERT_TRUE(child->until([&] { return child->uplink->status().last_error.has_value(); }));
  EXPECT_EQ(child->uplink->status().last_error->code, ErrorCode::kWrongNode);
  EXPECT_TRUE(child->log(parent->official()).empty());
}

TEST_F(MirrorTest, ARevokedChildIsCutOffAndGetsNothingMore) {
  child->connect(*parent);
  ASSERT_TRUE(caught_up(*child));
  parent->revoke(certificate);
  ASSERT_TRUE(child->until([&] { return child->uplink->status().last_error.has_value(); }));
  EXPECT_EQ(child->uplink->status().last_error->code, ErrorCode::kRevoked);
  parent->add_unit("sau");
  const std::size_t links = parent->served.size();
  ASSERT_TRUE(child->until(
      [&] { return parent->served.size() > links + 2; }));  // it knocks again and again
  EXPECT_EQ(child->log(parent->official()).size(), 2u);
}

TEST_F(MirrorTest, AWarningTravelsThroughThreeLevelsAndThroughTheMiddleAlone) {
  auto leaf = std::make_unique<TestNode>(io, parent->id());
  child->connect(*parent);
  ASSERT_TRUE(caught_up(*child));
  child->certify(*leaf);
  leaf->connect(*child);
  ASSERT_TRUE(caught_up(*leaf));
  parent->add_unit("kp1");
  ASSERT_TRUE(caught_up(*leaf));
  ASSERT_TRUE(leaf->until([&] { return leaf->verifier->node(leaf->id()).has_value(); }));
  EXPECT_EQ(leaf->verifier->node(leaf->id())->parent, child->id());
  parent->sign_head();
  ASSERT_TRUE(leaf->until([&] { return !leaf->heads[parent->official()].empty(); }));

  // The leaf is away while the root speaks, the root is away when the leaf returns.
  leaf->restart();
  parent->add_unit("kp2");
  ASSERT_TRUE(caught_up(*child));
  child->disconnect();
  leaf->connect(*child);
  ASSERT_TRUE(caught_up(*leaf));
  EXPECT_TRUE(same(leaf->log(parent->official()), parent->log(parent->official())));
  EXPECT_TRUE(same(leaf->log(child->official()), child->log(child->official())));
  leaf->disconnect();
}

}  // namespace
}  // namespace xom::test
