// Exports of the tests' module alone (tools/build-wasm --tests): groups without Xóm's policy, for
// partners that know nothing of vouchers. Functions as in protocol/wasm/groups.cpp.
#include "protocol/wasm/group_answers.h"
#include "protocol/wasm/groups.h"

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

XOM_EXPORT(xom_test_group_join_external)
Answer* xom_test_group_join_external(const std::uint8_t* group_info, std::size_t group_info_size,
                                     const SigningKey* key, const std::uint8_t* request,
                                     std::size_t request_size) {
  return join_external(in(group_info, group_info_size), *key, in(request, request_size),
                       no_policy());
}

}  // namespace xom::wasm
