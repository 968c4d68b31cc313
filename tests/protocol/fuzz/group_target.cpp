// Any bytes handed to a group in any state. The first byte chooses the state, and whether
// signatures and tags count: only without them does a fuzzer get to what lies behind.
#include <map>

#include "protocol/base/rule.h"
#include "tests/protocol/fuzz/agreement.h"
#include "tests/protocol/fuzz/group_world.h"
#include "tests/protocol/fuzz/targets.h"
#include "tests/support/seeded_random.h"

namespace xom::fuzz {

namespace {

using namespace mls;  // what a group is made of

constexpr std::uint8_t kUnsigned = 0x80;

// Did an honest client send exactly this?
template <class T>
bool genuine(const T& value) {
  for (const auto& [name, message] : world().messages) {
    const auto* sent = std::get_if<T>(&message.value);
    if (sent != nullptr && *sent == value) return true;
  }
  return false;
}
bool genuine_content(const FramedContent& content) {
  for (const auto& [name, message] : world().messages) {
    const auto* sent = std::get_if<PublicMessage>(&message.value);
    if (sent != nullptr && sent->content == content) return true;
  }
  return false;
}

using Stored = std::map<RecordKey, Bytes>;
void store(Stored& stored, const std::vector<Record>& records) {
  for (const Record& record : records) {
    const ByteView value = record.value.view();
    if (value.empty()) {
      stored.erase(record.key);
    } else {
      stored[record.key] = Bytes(value.begin(), value.end());
    }
  }
}

// A state that was reached can be stored, also over an earlier one, and loaded.
void usable(const Group& group, const Group& before) {
  Stored whole, updated;
  store(whole, group.records());
  store(updated, before.records());
  store(updated, group.records(&before));
  require(whole == updated);
  const auto loaded = Group::load(group.records());
  require(loaded.has_value());
  require(same(loaded->epoch_authenticator(), group.epoch_authenticator()));
  require(loaded->public_group().context() == group.public_group().context());
}

class Receiver {
 public:
  Receiver(const Group& group, bool strict) : group_(group), strict_(strict) {}

  bool operator()(const PublicMessage& message) const {
    const bool seen = follow(message);
    const auto done = group_.process({message}, no_psks(), no_policy());
    if (!done) return seen;
    if (strict_) require(genuine(message));
    if (done->next) usable(*done->next, group_);
    return true;
  }
  bool operator()(const PrivateMessage& message) const {
    const auto read = group_.decrypt(message);
    const auto done = group_.process({message}, no_psks(), no_policy());
    require(!(read && done));
    if (strict_ && (read || done)) require(genuine(message));
    if (!read) return false;
    usable(*read->next, group_);
    // Its key is used up.
    require(!read->next->decrypt(message));
    return true;
  }
  bool operator()(const Welcome& welcome) const {
    const auto joined = Group::join(welcome, world().newcomer, world().newcomer_secrets, no_psks());
    if (!joined) return false;
    require(!strict_ ||
            same(joined->epoch_authenticator(), world().welcomed->epoch_authenticator()));
    usable(*joined, group_);
    return true;
  }
  bool operator()(const GroupInfo& info) const {
    const auto group = PublicGroup::from_group_info(info, {});
    if (!group) return false;
    if (strict_) require(genuine(info));
    test::SeededRandom random(1);
    const auto stranger = crypto::SigningKey::from_seed(Bytes(32, 9)).value();
    const Bytes identity(32, 9);
    const auto entered =
        Group::join_external(info, {identity, {}, {}, {}}, no_policy(), {stranger, random});
    if (entered) usable(entered->next, group_);
    return true;
  }
  bool operator()(const KeyPackage& package) const {
    CommitOptions options;
    options.proposals = {{Add{package}}};
    test::SeededRandom random(1);
    const auto made = group_.commit(options, no_psks(), no_policy(), {world().receiver, random});
    if (!made) return false;
    if (strict_) require(genuine(package));
    usable(made->next, group_);
    return true;
  }

 private:
  // As the node, which knows no secret and so no tags.
  bool follow(const PublicMessage& message) const {
    const PublicGroup& group = group_.public_group();
    const AuthenticatedContent content{WireFormat::kPublicMessage, message.content, message.auth};
    if (message.content.type() == ContentType::kProposal) {
      const auto next = group.with_proposal(content);
      if (next && strict_) require(genuine_content(message.content));
      return next.has_value();
    }
    const auto staged = group.stage(content, no_policy());
    if (!staged) return false;
    if (strict_) require(genuine_content(message.content));
    const auto loaded = PublicGroup::load(staged->after->records());
    require(loaded && loaded->context() == staged->after->context());
    return true;
  }

  const Group& group_;
  bool strict_;
};

}  // namespace

bool group(ByteView input) {
  if (input.empty()) return false;
  const auto message = read_message(input.subspan(1));
  if (!message) return false;
  const auto& states = world().states;
  const Group& state = states[(input[0] & ~kUnsigned) % states.size()];
#ifdef XOM_RULE_SWITCHES
  if ((input[0] & kUnsigned) != 0) {
    const RuleOff content(Rule::kContentSignature);
    const RuleOff leaf(Rule::kLeafSignature);
    const RuleOff membership(Rule::kMembershipTag);
    const RuleOff confirmation(Rule::kConfirmationTag);
    return std::visit(Receiver(state, false), message->value);
  }
#endif
  return std::visit(Receiver(state, true), message->value);
}

std::vector<Seed> group_seeds() {
  std::vector<Seed> seeds;
  for (const auto& [name, message] : world().messages) {
    for (const std::uint8_t choice : {std::uint8_t{0}, kUnsigned}) {
      Bytes bytes{choice};
      const Bytes encoded = encode(message);
      bytes.insert(bytes.end(), encoded.begin(), encoded.end());
      seeds.push_back({name + (choice == 0 ? "" : "-unsigned"), std::move(bytes)});
    }
  }
  return seeds;
}

}  // namespace xom::fuzz
