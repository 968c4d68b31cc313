// What the fuzzers do with one input; also run on the seeds and simple mutations of them in the
// ordinary tests.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"

namespace xom::fuzz {

// Each aborts the process if a property does not hold; true: the input was accepted.
// The first byte chooses what is read: the envelope, or the body of one kind. What was read must be
// written as the same bytes, and the Protobuf runtime must read it too.
bool statement(ByteView input);
// What was read points into the input, and the reader of all of RFC 9420 reads the same.
bool outline(ByteView input);
// The first byte chooses the structure of RFC 9420. What was read must be written as the same
// bytes.
bool wire(ByteView input);
// GroupSecrets, the same.
bool group_secrets(ByteView input);
// The first byte chooses what groups carry in extensions and authenticated data; as statement().
bool facts(ByteView input);

// The ratchet_tree extension; what was read must be written as the same bytes.
bool tree(ByteView input);
// Records of a stored state, public or a member's: what was loaded must be stored as such.
bool records(ByteView input);
// The first byte chooses a member's state and whether signatures count, the rest is a message for
// it. With signatures, only what honest clients sent is accepted; what is reached can be stored.
bool group(ByteView input);

struct Seed {
  std::string name;
  Bytes bytes;
};
[[nodiscard]] std::vector<Seed> statement_seeds();
[[nodiscard]] std::vector<Seed> outline_seeds();
[[nodiscard]] std::vector<Seed> wire_seeds();
[[nodiscard]] std::vector<Seed> group_secrets_seeds();
[[nodiscard]] std::vector<Seed> facts_seeds();
[[nodiscard]] std::vector<Seed> tree_seeds();
[[nodiscard]] std::vector<Seed> records_seeds();
[[nodiscard]] std::vector<Seed> group_seeds();

struct Target {
  std::string_view name;  // of its corpus and its fuzzer
  bool (*run)(ByteView);
  std::vector<Seed> (*seeds)();
};
[[nodiscard]] std::span<const Target> targets();
// Null: there is none of this name.
[[nodiscard]] const Target* find_target(std::string_view name);

}  // namespace xom::fuzz
