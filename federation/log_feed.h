// What a link needs from the rest of the node; the server's hub implements both.
#pragma once

#include "protocol/base/bytes.h"

namespace xom::federation {

// Tells downlinks that there is something new. Same executor as the links.
class LogFeed {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    // A public log has new durable entries, own or mirrored; the verifier has been fed with them
    // already.
    virtual void grown(const LogId& log) = 0;
    // A newer signed head of a public log is there.
    virtual void headed(const LogId& log) = 0;
  };
  virtual ~LogFeed() = default;
  // Must neither throw nor call the listener before it returns. A listener is removed before it
  // dies.
  virtual void add(Listener& listener) = 0;
  virtual void remove(Listener& listener) = 0;
  // Newest Statement(LOG_HEAD) of a public log, own or mirrored; empty if there is none yet.
  [[nodiscard]] virtual Bytes signed_head(const LogId& log) = 0;
};

// Takes the heads of mirrored logs, verified, newest last: for readers here and for the feed of the
// next level.
class HeadSink {
 public:
  virtual ~HeadSink() = default;
  virtual void mirrored_head(const LogId& log, ByteView statement) = 0;
};

}  // namespace xom::federation
