// Operations on groups that a policy judges: the exports of groups.cpp hand in Xóm's own and there
// is no other way to call them in the module; a test's module has exports without it.
#pragma once

#include "protocol/mls/group.h"
#include "protocol/wasm/abi.h"

namespace xom::wasm {

// core.NewCommit of a core.CommitRequest; detail: handle of the state that follows.
[[nodiscard]] Answer* commit(const mls::Group& group, const crypto::SigningKey& key,
                             ByteView request, const mls::Policy& policy);
// core.Processed; detail: handle of the state that follows, 0: this member was removed.
[[nodiscard]] Answer* process(const mls::Group& group, ByteView message, const mls::Policy& policy);
// core.NewCommit of a core.ReentryRequest; detail: handle of the state that follows. base: null if
// there is none (admission/reentry.h).
[[nodiscard]] Answer* reenter(const mls::Group* base, ByteView group_info,
                              const crypto::SigningKey& key, ByteView request,
                              const mls::Policy& policy);

// What the tests' module makes commits of its own with: a core.CommitRequest read, a
// core.NewCommit.
[[nodiscard]] Result<mls::CommitOptions> read_commit(const mls::Group& group, ByteView request);
[[nodiscard]] Bytes encode_commit(mls::PublicMessage commit, mls::GroupInfo info,
                                  std::optional<mls::Welcome> welcome);

}  // namespace xom::wasm
