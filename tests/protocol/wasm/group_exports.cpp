// Exports of the tests' module alone (tools/build-wasm --tests): groups without Xóm's policy, for
// partners that know nothing of vouchers, and commits of an attacker. Functions as in
// protocol/wasm/groups.cpp.
#include "protocol/wasm/group_answers.h"
#include "protocol/wasm/groups.h"
#include "tests/support/faulty_commit.h"

namespace xom::wasm {

using namespace mls;
using crypto::SigningKey;

XOM_EXPORT(xom_test_group_commit)
Answer* xom_test_group_commit(const Group* group, const SigningKey* key,
                              const std::uint8_t* request, std::size_t size) {
  return commit(*group, *key, in(request, size), no_policy());
}

XOM_EXPORT(xom_test_group_process)
Answer* xom_test_group_process(const Group* group, const std::uint8_t* message, std::size_t size) {
  return process(*group, in(message, size), no_policy());
}

XOM_EXPORT(xom_test_group_reenter)
Answer* xom_test_group_reenter(const Group* base, const std::uint8_t* group_info,
                               std::size_t group_info_size, const SigningKey* key,
                               const std::uint8_t* request, std::size_t request_size) {
  return reenter(base, in(group_info, group_info_size), *key, in(request, request_size),
                 no_policy());
}

// core.NewCommit of a core.CommitRequest with one fault (tests/support/faulty_commit.h); detail:
// handle of the state of those whom it does not hit.
XOM_EXPORT(xom_test_group_commit_faulty)
Answer* xom_test_group_commit_faulty(const Group* group, const SigningKey* key,
                                     const std::uint8_t* request, std::size_t size,
                                     std::uint32_t fault, std::uint32_t victim) {
  const auto options = read_commit(*group, in(request, size));
  if (!options) return give_error(options.error());
  if (fault > static_cast<std::uint32_t>(test::Fault::kExternalPub)) {
    return give_error(Error{ErrorCode::kUnknownKind, "no such fault"});
  }
  auto made = test::commit_with(static_cast<test::Fault>(fault), LeafIndex{victim}, *group,
                                *options, no_policy(), {*key, crypto::system_random()});
  if (!made) return give_error(made.error());
  const Bytes value =
      encode_commit(std::move(made->commit), std::move(made->group_info), std::move(made->welcome));
  return give(ByteView{value}, handle_of(std::move(made->next)));
}

}  // namespace xom::wasm
