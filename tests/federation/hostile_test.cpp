// Ends of a link that lie: what a parent may not plant, what a child may not ask.
#include <gtest/gtest.h>

#include "federation/limits.h"
#include "protocol/trust/log_ids.h"
#include "protocol/trust/verified.h"
#include "tests/federation/test_node.h"

namespace xom::test {
namespace {

using federation::Awaitable;

class HostileTest : public testing::Test {
 protected:
  HostileTest() {
    EXPECT_TRUE(crypto::initialise());
    parent = std::make_unique<TestNode>(io);
    child = std::make_unique<TestNode>(io, parent->id());
    parent->certify_self();
    parent->certify(*child);
    parent->add_unit("kp1");
  }

  struct Reader {
    explicit Reader(TestNode& node)
        : store(engine, node),
          verifier(trust::root_fingerprint(node.id())),
          mirrors(store, verifier, node) {}
    storage::MemoryEngine engine;
    storage::LogStore store;
    trust::Verifier verifier;
    federation::Mirrors mirrors;
  };

  // Dials the parent as the certified child, sends frames and answers with what comes back until an
  // error frame or the end.
  std::vector<link::LinkFrame> talk(std::vector<link::LinkFrame> frames) {
    auto channels = make_channels(io.get_executor());
    boost::asio::co_spawn(io, parent->downlink->serve(std::move(channels.second)),
                          [this](const std::exception_ptr&, Result<void> end) {
                            parent->served.push_back(std::move(end));
                          });
    return parent->await(
        conversation(std::move(channels.first), child.get(), parent->key(), std::move(frames)));
  }
  static Awaitable<std::vector<link::LinkFrame>> conversation(federation::ChannelPtr channel,
                                                              TestNode* self, NodeKey expected,
                                                              std::vector<link::LinkFrame> frames) {
    std::vector<link::LinkFrame> heard;
    const federation::LinkIdentity identity{self->id(), self->node_key};
    auto policy = federation::expect_node_key(expected);
    auto link = co_await federation::SecureLink::handshake(
        std::move(channel), federation::Role::kChild, identity, std::move(policy),
        crypto::system_random());
    if (!link) co_return heard;
    auto offer = co_await (*link)->read();
    if (!offer) co_return heard;
    for (const auto& frame : frames) {
      Bytes bytes = federation::encode(frame);
      auto sent = co_await (*link)->write(std::move(bytes));
      if (!sent) co_return heard;
    }
    while (true) {
      auto bytes = co_await (*link)->read();
      if (!bytes) co_return heard;
      auto frame = federation::decode_frame(*bytes);
      if (!frame) co_return heard;
      heard.push_back(*frame);
      if (frame->has_error()) co_return heard;
    }
  }
  static link::LinkFrame follow(const LogId& log, const Cursor& cursor) {
    link::LinkFrame frame;
    frame.mutable_follow()->set_log(std::string(text_of(log.view())));
    federation::put_cursor(*frame.mutable_follow()->mutable_cursor(), cursor);
    return frame;
  }
  void expect_error(const std::vector<link::LinkFrame>& heard, ErrorCode code) {
    ASSERT_FALSE(heard.empty());
    ASSERT_TRUE(heard.back().has_error());
    EXPECT_EQ(heard.back().error().code(), static_cast<std::uint32_t>(code))
        << heard.back().error().message();
  }

  boost::asio::io_context io;
  std::unique_ptr<TestNode> parent;
  std::unique_ptr<TestNode> child;
};

TEST_F(HostileTest, NoChangedByteOfAnEntryIsEverMirrored) {
  const auto log = parent->official();
  const auto entries = parent->log(log);
  ASSERT_EQ(entries.size(), 3u);
  const std::string sound = federation::to_wire(entries[2]).SerializeAsString();
  std::size_t tried = 0;
  for (std::size_t at = 0; at < sound.size(); ++at)
    for (const int bit : {0, 7}) {
      std::string changed = sound;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      wire::Entry wire_entry;
      if (!wire_entry.ParseFromString(changed)) continue;
      auto entry = federation::from_wire(wire_entry);
      if (!entry) continue;
      ++tried;
      Reader reader(*parent);
      std::vector<storage::LogEntry> page{entries[0], entries[1], *entry};
      auto accepted = parent->await(reader.mirrors.accept(log, std::move(page)));
      auto held = parent->await(reader.store.state(log));
      ASSERT_TRUE(held);
      // Bytes outside of what is signed (an unknown field's tag) may be read as the same entry;
      // never as another one.
      if (accepted)
        EXPECT_TRUE(entry->payload == entries[2].payload && entry->header == entries[2].header)
            << at;
      else
        EXPECT_EQ(held->head.seq, Seq{2})
            << "byte " << at << ": what came before the bad entry is kept, it is not";
    }
  EXPECT_GT(tried, 100u);
  Reader reader(*parent);
  auto accepted = parent->await(reader.mirrors.accept(log, entries));  // the control
  EXPECT_TRUE(accepted.has_value());
}

TEST_F(HostileTest, AnEntryAgainIsSkippedAndAnotherUnderItsNumberIsAFork) {
  const auto log = parent->official();
  const auto entries = parent->log(log);
  Reader reader(*parent);
  ASSERT_TRUE(parent->await(reader.mirrors.accept(log, entries)));
  EXPECT_TRUE(parent->await(reader.mirrors.accept(log, entries)));
  auto other = entries[2];
  other.header = trust::sign_header(trust::EntryHeader{log, Seq{3}, Hash{}, Hash{}, TimeMs{5}},
                                    parent->node_key);
  auto forked = parent->await(reader.mirrors.accept(log, {other}));
  ASSERT_FALSE(forked);
  EXPECT_EQ(forked.error().code, ErrorCode::kForked);
}

TEST_F(HostileTest, ALogThatIsNotOfItsNodeIsNotFollowed) {
  Reader reader(*parent);
  LogId other;
  other.bytes[0] = 1;
  const NodeId self = child->id();
  for (const federation::OfferedLog& offered :
       {federation::OfferedLog{other, wire::OFFICIAL, parent->id()},
        federation::OfferedLog{trust::posts_log(parent->id()), wire::OFFICIAL, parent->id()},
        federation::OfferedLog{parent->official(), wire::GROUP, parent->id()},
        federation::OfferedLog{trust::official_log(self), wire::OFFICIAL, self}}) {
    auto followed = parent->await(reader.mirrors.follow(offered, self));
    ASSERT_FALSE(followed);
    EXPECT_EQ(followed.error().code, ErrorCode::kNotPermitted);
  }
}

TEST_F(HostileTest, AChildMayFollowOnlyWhatWasOffered) {
  LogId group;
  group.bytes[5] = 7;
  expect_error(talk({follow(group, Cursor{})}), ErrorCode::kNotPermitted);
}

TEST_F(HostileTest, ACursorBeyondOrBesideTheLogIsNamed) {
  Hash hash;
  hash.bytes[0] = 1;
  expect_error(talk({follow(parent->official(), Cursor{Seq{99}, hash})}), ErrorCode::kRewound);
  expect_error(talk({follow(parent->official(), Cursor{Seq{2}, hash})}), ErrorCode::kForked);
}

TEST_F(HostileTest, AChildMaySendNoEntries) {
  link::LinkFrame frame;
  frame.mutable_entries()->set_log("x");
  expect_error(talk({frame}), ErrorCode::kNotPermitted);
}

TEST_F(HostileTest, APageIsBounded) {
  Reader reader(*parent);
  std::vector<storage::LogEntry> page(federation::kPageEntries + 1);
  auto accepted = parent->await(reader.mirrors.accept(parent->official(), std::move(page)));
  ASSERT_FALSE(accepted);
  EXPECT_EQ(accepted.error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace xom::test
