#include "tests/protocol/fuzz/group_world.h"

#include <cstdlib>

#include "tests/support/seeded_random.h"

namespace xom::fuzz {

namespace {

using namespace mls;  // what a group is made of

crypto::SigningKey key_of(std::uint8_t person) {
  return crypto::SigningKey::from_seed(Bytes(32, person)).value();
}

KeyPackageOptions options_of(std::uint8_t person) {
  return {Bytes(32, person), {{raw(ExtensionType::kLeafFacts), {person}}}, {1, 2}, false};
}

Message message(PublicMessage m) { return {std::move(m)}; }

class Builder {
 public:
  World build() {
    Group leader = found();
    NewKeyPackage receiver = package(2);
    NewKeyPackage third = package(3);
    Group::Made made = commit(leader, {add(receiver), add(third)});
    Group member = join(*made.welcome, receiver);
    const Group other = join(*made.welcome, third);
    // A path by each, so that the tree has parents.
    made = commit(made.next, {});
    member = take(member, made.commit);
    const Group now = std::move(made.next);
    NewKeyPackage newcomer = package(4);
    World world{{}, key_of(2), {}, newcomer.key_package, std::move(newcomer.secrets), {}};
    fill(world, now, member, newcomer.key_package, take(other, made.commit));
    return world;
  }

 private:
  Group found() {
    const Bytes id(32, 0x6D);
    const Bytes identity(32, 1);
    return Group::found({id,
                         identity,
                         options_of(1).leaf_extensions,
                         {{raw(ExtensionType::kPolicy), Bytes(40, 9)}},
                         {1, 2}},
                        {leader_, random_});
  }
  NewKeyPackage package(std::uint8_t person) {
    return make_key_package(key_of(person), options_of(person), random_);
  }
  static Proposal add(const NewKeyPackage& package) { return {Add{package.key_package}}; }
  Group::Made commit(const Group& group, std::vector<Proposal> proposals, bool path = true) {
    CommitOptions options;
    options.proposals = std::move(proposals);
    options.force_path = path;
    options.authenticated_data = Bytes(10, 0xAD);
    return group.commit(options, no_psks(), no_policy(), {leader_, random_}).value();
  }
  static Group join(const Welcome& welcome, const NewKeyPackage& package) {
    return Group::join(welcome, package.key_package, package.secrets, no_psks()).value();
  }
  static Group take(const Group& group, const PublicMessage& commit) {
    return *group.process(message(commit), no_psks(), no_policy()).value().next;
  }

  // Has read the second message after `sender`'s state, and so keeps the keys of those before.
  Group after_later_texts(const Group& member, const Group& sender) {
    const auto skipped = sender.encrypt(Bytes(3, 'y'), {}, {leader_, random_}).value();
    const auto read = skipped.next.encrypt(Bytes(3, 'z'), {}, {leader_, random_}).value();
    return *member.decrypt(read.message).value().next;
  }

  void fill(World& world, const Group& now, const Group& member, const KeyPackage& newcomer,
            const Group& other) {
    auto& messages = world.messages;
    const auto update = commit(now, {});
    const auto add = commit(now, {{Add{newcomer}}}, false);
    const auto remove = commit(now, {{Remove{other.self()}}});
    const auto change =
        commit(now, {{GroupContextExtensions{{{raw(ExtensionType::kPolicy), Bytes(20, 8)}}}}});
    const auto reinit = commit(now, {{ReInit{Bytes(16, 1), kProtocolMls10, kSuite, {}}}}, false);
    LeafNode leaf = *other.public_group().tree().leaf(other.self());
    const auto third = key_of(3);
    const auto proposed = other.propose({Update{leaf}}, {}, {third, random_}).value();
    const auto wish = now.propose({Remove{other.self()}}, {}, {leader_, random_}).value();
    const auto text = now.encrypt(Bytes(20, 'x'), Bytes(4, 1), {leader_, random_}).value();
    const auto stranger = key_of(5);
    const Bytes identity(32, 5);
    const GroupInfo info = now.group_info(leader_);
    const auto outside =
        Group::join_external(info, {identity, {}, {}, {}}, no_policy(), {stranger, random_})
            .value();

    world.states.push_back(member);
    world.states.push_back(
        *member.process(message(proposed.message), no_psks(), no_policy()).value().next);
    world.states.push_back(take(member, update.commit));
    world.states.push_back(after_later_texts(member, text.next));
    world.welcomed = add.next;
    messages.emplace_back("update", message(update.commit));
    messages.emplace_back("add", message(add.commit));
    messages.emplace_back("remove", message(remove.commit));
    messages.emplace_back("change", message(change.commit));
    messages.emplace_back("reinit", message(reinit.commit));
    messages.emplace_back("outside", message(outside.commit));
    messages.emplace_back("proposed-update", message(proposed.message));
    messages.emplace_back("proposed-removal", message(wish.message));
    messages.emplace_back("text", Message{text.message});
    messages.emplace_back("welcome", Message{*add.welcome});
    messages.emplace_back("info", Message{info});
    messages.emplace_back("info-after-add", Message{add.group_info});
    messages.emplace_back("newcomer", Message{newcomer});
  }

  test::SeededRandom random_{7};
  crypto::SigningKey leader_ = key_of(1);
};

}  // namespace

const World& world() {
  static const World kWorld = Builder().build();
  return kWorld;
}

}  // namespace xom::fuzz
