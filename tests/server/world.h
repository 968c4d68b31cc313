// The services of one node over an engine in memory, without sockets.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "protocol/trust/entry_header.h"
#include "protocol/trust/log_ids.h"
#include "server/accounts/accounts.h"
#include "server/channels/channels.h"
#include "server/groups/groups.h"
#include "server/key_packages/key_packages.h"
#include "server/pending/pending.h"
#include "server/sessions/turns.h"
#include "storage/memory_engine.h"
#include "tests/support/member.h"

namespace xom::server {

class TestSigner final : public storage::HeaderSigner {
 public:
  explicit TestSigner(const crypto::SigningKey& key) : key_(key) {}
  Bytes sign_header(const LogId& log, Seq seq, const Hash& previous,
                    const Hash& entry_hash) override {
    trust::EntryHeader header{log, seq, previous, entry_hash, test::now_ms()};
    return trust::sign_header(header, key_);
  }

 private:
  const crypto::SigningKey& key_;
};

// The real clock, which a test may put forward.
class TestClock final : public Clock {
 public:
  TimeMs now() const override { return TimeMs{raw(test::now_ms()) + ahead}; }
  std::int64_t ahead = 0;  // ms
};

// One node's services; a second one with the same keys is the node after it has lost its disk.
// Whatever else runs on `io` must have ended before it dies.
struct World {
  World(const test::AuthorityPerson& authority, const crypto::SigningKey& node_key)
      : signer(node_key),
        store(engine, signer),
        verifier(trust::root_fingerprint(authority.id())),
        channels(io.get_executor(), engine, store, verifier, hub, clock, authority.id(), node_key),
        pending(engine, verifier, clock, authority.id()),
        groups(engine, store, verifier, clock, authority.id(), node_key.public_key_as<NodeKey>()),
        key_packages(engine),
        accounts(engine, verifier, groups, pending, clock, node_key.public_key_as<NodeKey>()) {
    store.set_listener(&channels);
  }

  template <class T>
  T run(storage::Awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& broken, T value) {
      if (broken) std::rethrow_exception(broken);
      result.emplace(std::move(value));
    });
    io.restart();
    while (!result && io.run_one() != 0) {
    }
    io.restart();
    io.poll();
    return std::move(*result);
  }

  boost::asio::io_context io;
  storage::MemoryEngine engine;
  TestSigner signer;
  storage::LogStore store;
  trust::Verifier verifier;
  Hub hub;
  Turns turns{io.get_executor()};
  TestClock clock;
  Channels channels;
  Pending pending;
  Groups groups;
  KeyPackages key_packages;
  Accounts accounts;
};

}  // namespace xom::server
