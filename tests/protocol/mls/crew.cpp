#include "tests/protocol/mls/crew.h"

#include "protocol/mls/message_protection.h"

namespace xom::mls::testing {

Lifetime some_lifetime() { return {1'700'000'000, 1'700'000'000 + 30ULL * 24 * 3600}; }

std::shared_ptr<const crypto::SecretBytes> KnownPsks::find(const PreSharedKeyId& id) const {
  if (id.type == PskType::kExternal) {
    const auto found = external_.find(id.id);
    return found == external_.end() ? nullptr : found->second;
  }
  const auto found = epochs_.find(raw(id.epoch));
  return found == epochs_.end() ? nullptr : found->second;
}

Proposal KnownPsks::learn(std::string_view name, crypto::Random& random) {
  PreSharedKeyId id;
  id.id.assign(name.begin(), name.end());
  id.nonce.resize(32);
  random.fill(id.nonce);
  crypto::SecretBytes value(32);
  random.fill(value.mutable_view());
  external_[id.id] = std::make_shared<const crypto::SecretBytes>(std::move(value));
  return {PreSharedKey{id}};
}

void KnownPsks::learn_epoch(const Group& group) {
  epochs_[raw(group.epoch())] = group.resumption_psk();
}

Crew::Crew(std::size_t size, std::uint64_t seed) : random(seed) {
  EXPECT_TRUE(crypto::initialise());
  const std::size_t founder = outsider();
  const Bytes group_id(32, 7);
  mates_[founder].group = Group::found({.group_id = group_id,
                                        .identity = mates_[founder].identity,
                                        .leaf_extensions = {},
                                        .context_extensions = {},
                                        .lifetime = some_lifetime()},
                                       by(founder));
  follower_ = group(founder).public_group();
  std::vector<Proposal> adds;
  while (mates_.size() < size) adds.push_back(add(outsider()));
  if (!adds.empty()) accept(founder, commit(founder, std::move(adds)));
}

std::size_t Crew::outsider() {
  const std::size_t number = mates_.size();
  auto key = crypto::SigningKey::generate(random);
  Bytes identity(32, static_cast<std::uint8_t>(number));
  auto package = make_key_package(
      key, {.identity = identity, .leaf_extensions = {}, .lifetime = some_lifetime()}, random);
  mates_.push_back({std::move(key), std::move(identity), std::move(package), std::nullopt});
  return number;
}

Proposal Crew::add(std::size_t index) const { return {Add{mates_[index].package->key_package}}; }

Result<Group::Made> Crew::commit(std::size_t by_index, std::vector<Proposal> proposals,
                                 bool include_pending) {
  CommitOptions options;
  options.proposals = std::move(proposals);
  options.include_pending = include_pending;
  return group(by_index).commit(options, psks, no_policy(), by(by_index));
}

void Crew::accept(std::size_t by_index, Result<Group::Made> made) {
  ASSERT_TRUE(made) << made.error().message;
  accept(by_index, std::move(*made));
}

void Crew::accept(std::size_t by_index, Group::Made made) {
  follow(by_index, made.commit, made.group_info);
  mates_[by_index].group = std::move(made.next);
  if (made.welcome) {
    const Message message = over_the_wire({*made.welcome});
    for (const auto& entry : made.welcome->secrets) {
      for (Mate& mate : mates_) {
        const Hash reference = mate.package->key_package.reference();
        if (!std::ranges::equal(entry.new_member, reference.bytes)) continue;
        auto joined = Group::join(std::get<Welcome>(message.value), mate.package->key_package,
                                  mate.package->secrets, psks);
        ASSERT_TRUE(joined) << joined.error().message;
        mate.group = std::move(*joined);
      }
    }
  }
  expect_agreement();
}

void Crew::accept_external(std::size_t by_index, Group::Joined joined) {
  mates_[by_index].group.reset();
  follow(by_index, joined.commit, joined.group_info);
  mates_[by_index].group = std::move(joined.next);
  expect_agreement();
}

void Crew::follow(std::size_t by_index, const PublicMessage& commit, const GroupInfo& info) {
  const Message message = over_the_wire({commit});
  for (std::size_t i = 0; i < mates_.size(); ++i) {
    if (i == by_index || !mates_[i].group) continue;
    auto processed = group(i).process(message, psks, no_policy());
    ASSERT_TRUE(processed) << i << ": " << processed.error().message;
    mates_[i].group = std::move(processed->next);
  }
  auto staged = follower_->stage(without_tag(commit), no_policy());
  ASSERT_TRUE(staged) << staged.error().message;
  auto checked = PublicGroup::check_group_info(info, *staged);
  EXPECT_TRUE(checked) << checked.error().message;
  follower_ = *staged->after;
}

void Crew::propose(std::size_t by_index, Proposal proposal) {
  auto proposed = group(by_index).propose(std::move(proposal), {}, by(by_index));
  ASSERT_TRUE(proposed) << proposed.error().message;
  mates_[by_index].group = std::move(proposed->next);
  const Message message = over_the_wire({proposed->message});
  for (std::size_t i = 0; i < mates_.size(); ++i) {
    if (i == by_index || !mates_[i].group) continue;
    auto processed = group(i).process(message, psks, no_policy());
    ASSERT_TRUE(processed) << processed.error().message;
    EXPECT_FALSE(processed->commit);
    mates_[i].group = std::move(processed->next);
  }
  auto remembered = follower_->with_proposal(without_tag(proposed->message));
  ASSERT_TRUE(remembered) << remembered.error().message;
  follower_ = std::move(*remembered);
}

void Crew::expect_agreement() {
  std::size_t present = 0;
  for (Mate& mate : mates_) {
    if (!mate.group) continue;
    ++present;
    EXPECT_EQ(mate.group->public_group().context(), follower_->context());
    EXPECT_EQ(to_hex(mate.group->public_group().interim_transcript_hash()),
              to_hex(follower_->interim_transcript_hash()));
    for (Mate& other : mates_) {
      if (!other.group) continue;
      EXPECT_EQ(to_hex(mate.group->epoch_authenticator()),
                to_hex(other.group->epoch_authenticator()));
    }
    const LeafNode* leaf = mate.group->public_group().tree().leaf(mate.group->self());
    ASSERT_NE(leaf, nullptr);
    EXPECT_EQ(leaf->credential.identity, mate.identity);
  }
  EXPECT_EQ(follower_->tree().members().size(), present);
}

Message over_the_wire(const Message& message) {
  auto read = read_message(encode(message));
  EXPECT_TRUE(read) << read.error().message;
  return std::move(*read);
}

}  // namespace xom::mls::testing
