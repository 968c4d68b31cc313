// RFC 9420, section 8.1: what all members of an epoch agree on.
#pragma once

#include "protocol/mls/leaf_node.h"

namespace xom::mls {

struct GroupContext {
  std::uint16_t version = kProtocolMls10;
  std::uint16_t cipher_suite = kSuite;
  Bytes group_id;
  Epoch epoch{0};
  Bytes tree_hash;
  Bytes confirmed_transcript_hash;
  Extensions extensions;
  void write(Output& out) const;
  [[nodiscard]] static GroupContext read(Input& in);
  bool operator==(const GroupContext&) const = default;
};

}  // namespace xom::mls
