// What the fuzzers do with one input; also run on the seeds and simple mutations of them in the
// ordinary tests.
#pragma once

#include <string>
#include <vector>

#include "protocol/base/bytes.h"

namespace xom::fuzz {

// Each aborts the process if a property does not hold.
// The first byte chooses what is read: the envelope, or the body of one kind. What was read must be
// written as the same bytes, and the Protobuf runtime must read it too.
void statement(ByteView input);
// What was read points into the input; a KeyPackage has a reference.
void mls_message(ByteView input);

struct Seed {
  std::string name;
  Bytes bytes;
};
[[nodiscard]] std::vector<Seed> statement_seeds();
[[nodiscard]] std::vector<Seed> mls_seeds();

}  // namespace xom::fuzz
