// Readers of the structures inside handshakes: KeyPackage, LeafNode, Proposal, Commit. Internal to
// this folder.
#pragma once

#include "protocol/mls/framing.h"
#include "protocol/mls/input.h"

namespace xom::mls {

void skip_extensions(Input& in);
[[nodiscard]] KeyPackage read_key_package(Input& in);
// An inline proposal; its KeyPackage or leaf index, if it has one, is appended to `commit`.
[[nodiscard]] Proposal read_proposal(Input& in, Commit& commit);
[[nodiscard]] Commit read_commit(Input& in);

}  // namespace xom::mls
