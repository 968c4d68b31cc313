#include <cstdlib>

#include "protocol/outline/outline.h"
#include "tests/protocol/fuzz/targets.h"

namespace xom::fuzz {

namespace {

// Also makes the sanitizer look at every byte of the view.
void require_inside(ByteView view, ByteView input) {
  if (view.empty()) return;
  if (view.data() < input.data() || view.data() + view.size() > input.data() + input.size()) {
    std::abort();
  }
}

struct Check {
  ByteView input;
  void operator()(const outline::PublicMessage& m) const {
    for (ByteView view : {m.group_id, m.authenticated_data, m.content, m.signature,
                          m.confirmation_tag, m.membership_tag}) {
      require_inside(view, input);
    }
    for (const outline::Proposal& proposal : m.commit.proposals)
      require_inside(proposal.encoded, input);
    for (const outline::KeyPackage& add : m.commit.adds) (*this)(add);
    if (m.commit.proposals.size() > outline::kMaxProposals) std::abort();
  }
  void operator()(const outline::PrivateMessage& m) const {
    require_inside(m.group_id, input);
    require_inside(m.authenticated_data, input);
  }
  void operator()(const outline::Welcome& m) const {
    for (ByteView member : m.new_members) require_inside(member, input);
    if (m.new_members.size() > outline::kMaxWelcomeSecrets) std::abort();
  }
  void operator()(const outline::GroupInfo& m) const {
    for (ByteView view :
         {m.group_id, m.tree_hash, m.confirmed_transcript_hash, m.confirmation_tag}) {
      require_inside(view, input);
    }
  }
  void operator()(const outline::KeyPackage& m) const {
    for (ByteView view : {m.init_key, m.encryption_key, m.signature_key, m.identity, m.encoded}) {
      require_inside(view, input);
    }
    if (m.encoded.empty()) std::abort();
    (void)outline::key_package_ref(m);
  }
};

}  // namespace

bool mls_message(ByteView input) {
  const auto message = outline::read_message(input);
  if (message) std::visit(Check{input}, *message);
  return message.has_value();
}

}  // namespace xom::fuzz
