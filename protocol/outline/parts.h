// Readers of the structures inside handshakes: KeyPackage, LeafNode, Proposal, Commit. Internal to
// this folder.
#pragma once

#include "protocol/mls/input.h"
#include "protocol/outline/outline.h"

namespace xom::outline {

using mls::Input;

void skip_extensions(Input& in);
[[nodiscard]] KeyPackage read_key_package(Input& in);
// An inline proposal; its KeyPackage or leaf index, if it has one, is appended to `commit`.
[[nodiscard]] Proposal read_proposal(Input& in, Commit& commit);
[[nodiscard]] Commit read_commit(Input& in);

}  // namespace xom::outline
