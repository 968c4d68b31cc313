#include <algorithm>
#include <cstdlib>

#include "protocol/mls/limits.h"
#include "protocol/outline/outline.h"
#include "tests/protocol/fuzz/targets.h"

namespace xom::fuzz {

namespace {

// The reader of all of RFC 9420 must see the same, and accept nothing else within the limits here.
void require_agreement(const Result<outline::PrivateMessage>& outlined, ByteView input) {
  const auto read = mls::read_message(input);
  const auto* whole = read ? std::get_if<mls::PrivateMessage>(&read->value) : nullptr;
  if (!outlined) {
    if (whole == nullptr || outlined.error().code == ErrorCode::kTooLarge) return;
    std::abort();
  }
  if (whole == nullptr || !std::ranges::equal(whole->group_id, outlined->group_id) ||
      whole->epoch != outlined->epoch || whole->content_type != outlined->content_type ||
      !std::ranges::equal(whole->authenticated_data, outlined->authenticated_data)) {
    std::abort();
  }
}

void require_inside(ByteView view, ByteView input) {
  if (view.empty()) return;
  if (view.data() < input.data() || view.data() + view.size() > input.data() + input.size()) {
    std::abort();
  }
}

mls::PrivateMessage message(mls::ContentType type, std::size_t authenticated_data) {
  return {Bytes(32, 1), Epoch{9}, type, Bytes(authenticated_data, 2), Bytes(28, 3), Bytes(200, 4)};
}

}  // namespace

bool outline(ByteView input) {
  const auto outlined = outline::read_private_message(input);
  if (outlined) {
    require_inside(outlined->group_id, input);
    require_inside(outlined->authenticated_data, input);
  }
  require_agreement(outlined, input);
  return outlined.has_value();
}

std::vector<Seed> outline_seeds() {
  using mls::ContentType;
  const auto seed = [](ContentType type, std::size_t authenticated_data) {
    return mls::encode(mls::Message{message(type, authenticated_data)});
  };
  return {{"application", seed(ContentType::kApplication, 0)},
          {"application-with-data", seed(ContentType::kApplication, 100)},
          {"proposal", seed(ContentType::kProposal, 1)},
          {"commit", seed(ContentType::kCommit, 1)}};
}

}  // namespace xom::fuzz
