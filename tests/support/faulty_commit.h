// Commits by a member who wants the others to lose each other: each passes all that can be checked
// without secrets (so a node orders it), and has one fault that only members or newcomers find.
#pragma once

#include <functional>

#include "protocol/mls/group.h"

namespace xom::test {

enum class Fault : std::uint8_t {
  kNone = 0,             // the control: made in the same way, and right
  kConfirmationTag = 1,  // the GroupInfo has the same wrong tag
  kMembershipTag = 2,
  kPath = 3,         // one member cannot open its path secret; signature, hashes and tags fit
  kWelcome = 4,      // no newcomer can open the group secrets
  kExternalPub = 5,  // the GroupInfo names a key that nobody holds
};

// A commit with a path; proposals by value alone, no pre-shared keys. `next` is the state of those
// who are not hit. `victim`: of kPath, a leaf that is there before and after. kConflict: the victim
// shares its ciphertext with others (the committer's sibling leaf never does); kNotFound: no
// ciphertext for it; kMalformed: kWelcome without an Add; the errors of Group::commit().
[[nodiscard]] Result<mls::Group::Made> commit_with(Fault fault, mls::LeafIndex victim,
                                                   const mls::Group& group,
                                                   const mls::CommitOptions& options,
                                                   const mls::Policy& policy, mls::Signed by);

// The same with any change to the path before the commit is signed, and to its confirmation tag
// before it gets its membership tag.
struct Lies {
  std::function<void(mls::UpdatePath&)> path = [](mls::UpdatePath&) {};
  std::function<void(Bytes&)> tag = [](Bytes&) {};
};
[[nodiscard]] Result<mls::Group::Made> lying_commit(const Lies& lies, const mls::Group& group,
                                                    const mls::CommitOptions& options,
                                                    const mls::Policy& policy, mls::Signed by);

// A secret of a member's epoch, from what its client stores (protocol/mls/group_records.cpp), in
// the order of that record: 0 sender_data, 4 membership_key, 7 init.
[[nodiscard]] mls::Secret stored_secret(const mls::Group& group, std::size_t number);

}  // namespace xom::test
