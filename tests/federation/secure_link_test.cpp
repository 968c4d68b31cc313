#include "federation/secure_link.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "federation/limits.h"
#include "tests/federation/queue_channel.h"

namespace xom::federation {
namespace {

namespace asio = boost::asio;
using LinkResult = Result<std::unique_ptr<SecureLink>>;
using test::make_channels;
using test::Meddle;

struct End {
  crypto::SigningKey node = crypto::SigningKey::generate(crypto::system_random());
  crypto::SigningKey authority = crypto::SigningKey::generate(crypto::system_random());
  [[nodiscard]] LinkIdentity identity() const { return {authority.public_key_as<NodeId>(), node}; }
  [[nodiscard]] NodeKey key() const { return node.public_key_as<NodeKey>(); }
};

class SecureLinkTest : public testing::Test {
 protected:
  SecureLinkTest() { EXPECT_TRUE(crypto::initialise()); }

  void start(ChannelPtr channel, Role role, const End& self, PeerPolicy policy,
             std::optional<LinkResult>& out) {
    auto task = [](ChannelPtr c, Role r, LinkIdentity i, PeerPolicy p,
                   std::optional<LinkResult>* o) -> Awaitable<void> {
      auto made =
          co_await SecureLink::handshake(std::move(c), r, i, std::move(p), crypto::system_random());
      o->emplace(std::move(made));
    };
    asio::co_spawn(io_, task(std::move(channel), role, self.identity(), std::move(policy), &out),
                   asio::detached);
  }
  // Runs what can run without waiting for timers.
  void settle() {
    io_.restart();
    while (io_.poll() > 0) {
    }
  }
  void shake(Meddle from_child = {}, Meddle from_parent = {}) {
    auto channels =
        make_channels(io_.get_executor(), std::move(from_child), std::move(from_parent));
    start(std::move(channels.first), Role::kChild, child_, expect_node_key(parent_.key()),
          child_link_);
    start(std::move(channels.second), Role::kParent, parent_, expect_node_key(child_.key()),
          parent_link_);
    settle();
  }
  [[nodiscard]] SecureLink& child() { return **child_link_.value(); }
  [[nodiscard]] SecureLink& parent() { return **parent_link_.value(); }

  Result<void> send(SecureLink& link, Bytes frame) {
    Result<void> out = fail(ErrorCode::kInternal, "not run");
    auto task = [](SecureLink* l, Bytes f, Result<void>* o) -> Awaitable<void> {
      *o = co_await l->write(std::move(f));
    };
    asio::co_spawn(io_, task(&link, std::move(frame), &out), asio::detached);
    settle();
    return out;
  }
  Result<Bytes> receive(SecureLink& link) {
    Result<Bytes> out = fail(ErrorCode::kInternal, "nothing arrived");
    auto task = [](SecureLink* l, Result<Bytes>* o) -> Awaitable<void> { *o = co_await l->read(); };
    asio::co_spawn(io_, task(&link, &out), asio::detached);
    settle();
    return out;
  }
  void finish(SecureLink& link) {
    auto task = [](SecureLink* l) -> Awaitable<void> { (void)co_await l->finish(); };
    asio::co_spawn(io_, task(&link), asio::detached);
    settle();
  }

  asio::io_context io_;
  End child_;
  End parent_;
  std::optional<LinkResult> child_link_;
  std::optional<LinkResult> parent_link_;
};

TEST_F(SecureLinkTest, BothEndsLearnTheProvenKeyOfTheOtherAndExchangeFrames) {
  shake();
  ASSERT_TRUE(child_link_ && child_link_->has_value()) << child_link_->error().message;
  ASSERT_TRUE(parent_link_ && parent_link_->has_value()) << parent_link_->error().message;
  EXPECT_EQ(child().peer().node_key, parent_.key());
  EXPECT_EQ(parent().peer().node_id, child_.authority.public_key_as<NodeId>());
  for (std::uint8_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(send(child(), Bytes{i, 1}));
    ASSERT_TRUE(send(parent(), Bytes{i, 2}));
    EXPECT_EQ(receive(parent()).value(), (Bytes{i, 1}));
    EXPECT_EQ(receive(child()).value(), (Bytes{i, 2}));
  }
}

TEST_F(SecureLinkTest, AParentWithAnotherNodeKeyIsRefusedBeforeTheChildProvesItself) {
  std::size_t from_child = 0;
  auto channels = make_channels(io_.get_executor(), [&](std::size_t, const Bytes& m) {
    ++from_child;
    return std::vector<Bytes>{m};
  });
  End impostor;
  start(std::move(channels.first), Role::kChild, child_, expect_node_key(parent_.key()),
        child_link_);
  start(std::move(channels.second), Role::kParent, impostor, {}, parent_link_);
  settle();
  ASSERT_TRUE(child_link_ && !child_link_->has_value());
  EXPECT_EQ(child_link_->error().code, ErrorCode::kWrongNode);
  EXPECT_EQ(from_child, 1u);  // the hello, no proof
  ASSERT_TRUE(parent_link_ && !parent_link_->has_value());
}

// Rewrites the ephemeral key of a hello to one that the man in the middle knows.
std::vector<Bytes> with_other_ephemeral(std::size_t number, const Bytes& message,
                                        const Bytes& replacement, std::size_t at) {
  Bytes changed = message;
  if (number == 0)
    std::copy(replacement.begin(), replacement.end(), changed.begin() + static_cast<long>(at));
  return {changed};
}

TEST_F(SecureLinkTest, AManInTheMiddleWithHisOwnEphemeralKeysCannotRelayTheProofs) {
  // LinkHello: version (2 bytes), node_id, node_key, ephemeral, each with 2 bytes of tag and
  // length.
  constexpr std::size_t kEphemeralAt = 2 + 34 + 34 + 2;
  const Bytes own(32, 9);  // a point whose secret he could know
  shake(
      [&](std::size_t n, const Bytes& m) { return with_other_ephemeral(n, m, own, kEphemeralAt); },
      [&](std::size_t n, const Bytes& m) { return with_other_ephemeral(n, m, own, kEphemeralAt); });
  ASSERT_TRUE(parent_link_ && !parent_link_->has_value());
  EXPECT_EQ(parent_link_->error().code, ErrorCode::kUntrusted);
  ASSERT_TRUE(child_link_ && !child_link_->has_value());
}

TEST_F(SecureLinkTest, AProofRecordedOnAnotherConnectionIsRefused) {
  std::vector<Bytes> recorded;
  shake([&](std::size_t, const Bytes& m) {
    recorded.push_back(m);
    return std::vector<Bytes>{m};
  });
  ASSERT_TRUE(parent_link_ && parent_link_->has_value());
  ASSERT_EQ(recorded.size(), 2u);

  auto channels = make_channels(io_.get_executor());
  std::optional<LinkResult> second;
  start(std::move(channels.second), Role::kParent, parent_, expect_node_key(child_.key()), second);
  auto task = [](MessageChannel* c, std::vector<Bytes> messages) -> Awaitable<void> {
    for (Bytes& message : messages) (void)co_await c->write(std::move(message));
  };
  asio::co_spawn(io_, task(channels.first.get(), recorded), asio::detached);
  settle();
  ASSERT_TRUE(second && !second->has_value());
  EXPECT_EQ(second->error().code, ErrorCode::kUntrusted);
}

TEST_F(SecureLinkTest, AHelloThatIsSentBackIsRefused) {
  auto channels = make_channels(io_.get_executor());
  start(std::move(channels.first), Role::kChild, child_, {}, child_link_);
  auto echo = [](MessageChannel* c) -> Awaitable<void> {
    auto hello = co_await c->read();
    if (!hello) co_return;
    (void)co_await c->write(std::move(*hello));
  };
  asio::co_spawn(io_, echo(channels.second.get()), asio::detached);
  settle();
  ASSERT_TRUE(child_link_ && !child_link_->has_value());
  EXPECT_EQ(child_link_->error().code, ErrorCode::kBadSignature);
}

TEST_F(SecureLinkTest, EveryChangedByteOfTheHandshakeMakesItFailOrTheFirstFrameUnreadable) {
  std::vector<std::size_t> sizes;
  shake({}, [&](std::size_t, const Bytes& m) {
    sizes.push_back(m.size());
    return std::vector<Bytes>{m};
  });
  ASSERT_EQ(sizes.size(), 2u);
  for (std::size_t message = 0; message < 2; ++message)
    for (std::size_t at = 0; at < sizes[message]; ++at) {
      child_link_.reset();
      parent_link_.reset();
      shake({}, [&](std::size_t number, const Bytes& m) {
        Bytes changed = m;
        if (number == message) changed[at] ^= 1;
        return std::vector<Bytes>{changed};
      });
      const bool both =
          child_link_ && child_link_->has_value() && parent_link_ && parent_link_->has_value();
      EXPECT_FALSE(both) << "message " << message << " byte " << at;
    }
}

struct Meddling {
  const char* name;
  // The handshake's messages are 0 and 1 of the direction; frames are 2, 3, 4.
  std::function<std::vector<Bytes>(std::size_t, const Bytes&, std::vector<Bytes>&)> act;
};

TEST_F(SecureLinkTest, ChangedRepeatedSwappedAndMissingFramesAreDetected) {
  const Meddling cases[] = {
      {"changed",
       [](std::size_t n, const Bytes& m, std::vector<Bytes>&) {
         Bytes changed = m;
         if (n == 3) changed[changed.size() / 2] ^= 0x40;
         return std::vector<Bytes>{changed};
       }},
      {"repeated",
       [](std::size_t n, const Bytes& m, std::vector<Bytes>&) {
         return n == 2 ? std::vector<Bytes>{m, m} : std::vector<Bytes>{m};
       }},
      {"missing",
       [](std::size_t n, const Bytes& m, std::vector<Bytes>&) {
         return n == 3 ? std::vector<Bytes>{} : std::vector<Bytes>{m};
       }},
      {"swapped",
       [](std::size_t n, const Bytes& m, std::vector<Bytes>& kept) {
         if (n == 3) {
           kept.push_back(m);
           return std::vector<Bytes>{};
         }
         return n == 4 ? std::vector<Bytes>{m, kept.at(0)} : std::vector<Bytes>{m};
       }},
      {"cut short",
       [](std::size_t n, const Bytes& m, std::vector<Bytes>&) {
         return std::vector<Bytes>{n == 3 ? Bytes(m.begin(), m.end() - 1) : m};
       }},
  };
  for (const Meddling& meddling : cases) {
    SCOPED_TRACE(meddling.name);
    child_link_.reset();
    parent_link_.reset();
    std::vector<Bytes> kept;
    shake([&](std::size_t n, const Bytes& m) { return meddling.act(n, m, kept); });
    ASSERT_TRUE(child_link_ && child_link_->has_value());
    for (std::uint8_t i = 0; i < 3; ++i) ASSERT_TRUE(send(child(), Bytes{i}));
    EXPECT_EQ(receive(parent()).value(), Bytes{0});
    auto second = receive(parent());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kBadSignature);
    EXPECT_FALSE(receive(parent()));  // closed for good
  }
}

TEST_F(SecureLinkTest, AnEndIsToldFromACut) {
  shake();
  finish(child());
  auto end = receive(parent());
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::kUnavailable);

  child_link_.reset();
  parent_link_.reset();
  shake();
  child().close();
  auto cut = receive(parent());
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kIo);
}

TEST_F(SecureLinkTest, OversizedMessagesAreRefusedOnBothSides) {
  shake();
  EXPECT_EQ(send(child(), Bytes(kMaxFrame)).error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(send(child(), Bytes(kMaxFrame - 64)));
  EXPECT_EQ(receive(parent()).value().size(), kMaxFrame - 64);

  auto channels = make_channels(io_.get_executor());
  std::optional<LinkResult> flooded;
  start(std::move(channels.second), Role::kParent, parent_, {}, flooded);
  auto flood = [](MessageChannel* c) -> Awaitable<void> {
    Bytes big(kMaxHandshakeMessage + 1);
    (void)co_await c->write(std::move(big));
  };
  asio::co_spawn(io_, flood(channels.first.get()), asio::detached);
  settle();
  ASSERT_TRUE(flooded && !flooded->has_value());
  EXPECT_EQ(flooded->error().code, ErrorCode::kTooLarge);
}

TEST_F(SecureLinkTest, AnUnknownVersionIsNamed) {
  shake([](std::size_t n, const Bytes& m) {
    Bytes changed = m;
    if (n == 0) changed[1] = 2;
    return std::vector<Bytes>{changed};
  });
  ASSERT_TRUE(parent_link_ && !parent_link_->has_value());
  EXPECT_EQ(parent_link_->error().code, ErrorCode::kUnsupportedVersion);
}

}  // namespace
}  // namespace xom::federation
