#include "tests/walks/walk.h"

#include <algorithm>

#include "protocol/mls/message_protection.h"

namespace xom::walks {

namespace {

constexpr std::size_t kRemovedKept = 4;
constexpr std::size_t kSettleEvery = 250;
constexpr std::size_t kPhase = 80;  // so long the group grows or shrinks towards one size

}  // namespace

Walk::Walk(const Options& options) : options_(options), around_(options.seed) {
  for (std::uint32_t i = 0; i < options.members + 8; ++i) {
    clients_.push_back(std::make_unique<Client>(i, around_));
  }
  Client& founder = *clients_.front();
  const Bytes group_id(32, 1);
  mls::FoundOptions found{group_id, founder.identity(), {}, {}, {1, 2'000'000}};
  mls::Group group = mls::Group::found(found, founder.by());
  node_ = group.public_group();
  const ByteView authenticator = group.epoch_authenticator();
  around_.epochs[group.epoch()] = {Bytes(authenticator.begin(), authenticator.end()),
                                   node_->context()};
  seats_[group.self()] = &founder;
  founder.adopt(std::move(group));
}

Counts Walk::run() {
  for (std::size_t i = 1; i <= options_.steps; ++i) {
    try {
      if (i % kPhase == 1) wanted_ = 2 + around_.random.pick(options_.members - 1);
      step();
      if (i % kSettleEvery == 0 || i == options_.steps) settle();
    } catch (const Broken& broken) {
      throw Broken("seed " + std::to_string(options_.seed) + ", step " + std::to_string(i) +
                   ", epoch " + std::to_string(raw(node_->epoch())) + ": " + broken.what());
    }
  }
  counts_.read = around_.read;
  return counts_;
}

void Walk::step() {
  const std::uint64_t dice = around_.random.pick(100);
  if (dice < 35) {
    send();
  } else if (dice < 60) {
    race();
  } else if (dice < 66) {
    propose();
  } else if (dice < 94) {
    deliver();
  } else if (Client* client = somebody()) {
    client->reload();
    ++counts_.reloads;
  }
}

// Commits are taken in by whoever acts; what is learnt on the way is kept for attacks.
void Walk::advance(Client& client, std::size_t most) {
  if (!client.catch_up(most)) return;
  if (auto last = client.take_last()) removed_.push_back(std::move(*last));
  if (removed_.size() > kRemovedKept) removed_.pop_front();
}

Client* Walk::somebody() {
  std::vector<Client*> able;
  for (const auto& [leaf, client] : seats_) {
    if (!stuck_.contains(client)) able.push_back(client);
  }
  if (able.empty()) return nullptr;
  Client* chosen = able[around_.random.pick(able.size())];
  advance(*chosen);
  require(chosen->present() && chosen->group().epoch() == node_->epoch(),
          "a member is not where the log is");
  return chosen;
}

Client* Walk::outsider() {
  std::vector<Client*> free;
  for (const auto& client : clients_) {
    const auto seated = [&](const auto& seat) { return seat.second == client.get(); };
    if (std::ranges::none_of(seats_, seated) && client->idle()) free.push_back(client.get());
  }
  return free.empty() ? nullptr : free[around_.random.pick(free.size())];
}

void Walk::send() {
  Client* sender = somebody();
  if (!sender) return;
  Bytes text(around_.random.pick(300));
  around_.random.fill(text);
  auto sent = sender->group().encrypt(text, {}, sender->by());
  if (!sent) {
    require(sent.error().code == ErrorCode::kConflict && !node_->pending().empty(),
            "a member cannot write: " + sent.error().message);
    return race();
  }
  sender->adopt(std::move(sent->next));
  if (around_.random.pick(10) == 0) {
    ++counts_.lost;  // on the way: its generation is skipped by all
    return;
  }
  ++counts_.sent;
  attack(sent->message);
  const auto told = std::make_shared<const Told>(
      Told{std::move(sent->message), sender->group().self(), std::move(text)});
  for (const auto& [leaf, client] : seats_) {
    if (client != sender && !stuck_.contains(client)) client->queue_told(told);
  }
}

void Walk::deliver() {
  const std::size_t count = 1 + around_.random.pick(4);
  for (std::size_t i = 0; i < count; ++i) {
    auto seat = seats_.begin();
    std::advance(seat, static_cast<std::ptrdiff_t>(around_.random.pick(seats_.size())));
    if (stuck_.contains(seat->second)) continue;
    advance(*seat->second, around_.random.pick(4));
    seat->second->read_some(around_.random.pick(6));
  }
  // Whoever was removed finds out some time.
  for (const auto& client : clients_) {
    const auto seated = [&](const auto& seat) { return seat.second == client.get(); };
    if (!client->idle() && std::ranges::none_of(seats_, seated) && around_.random.pick(3) == 0) {
      advance(*client);
    }
  }
}

// Places left, when all Adds that are proposed have come.
std::size_t Walk::room() const {
  std::size_t taken = seats_.size();
  for (const auto& [reference, resolved] : node_->pending()) {
    if (resolved.proposal.type() == mls::ProposalType::kAdd) ++taken;
  }
  return taken < wanted_ ? wanted_ - taken : 0;
}

mls::Proposal Walk::add(Client& newcomer) {
  mls::NewKeyPackage package = newcomer.make_package();
  mls::Proposal proposal{mls::Add{package.key_package}};
  const Hash reference = package.key_package.reference();
  const Bytes key(reference.bytes.begin(), reference.bytes.end());
  packages_.emplace(key, std::move(package));
  packaged_[key] = &newcomer;
  return proposal;
}

mls::Proposal Walk::remove_another(const Client& than) {
  mls::LeafIndex leaf = than.group().self();
  while (leaf == than.group().self()) {
    auto seat = seats_.begin();
    std::advance(seat, static_cast<std::ptrdiff_t>(around_.random.pick(seats_.size())));
    leaf = seat->first;
  }
  return {mls::Remove{leaf}};
}

void Walk::propose() {
  Client* by = somebody();
  if (!by) return;
  mls::Proposal proposal;
  const std::uint64_t dice = around_.random.pick(10);
  Client* newcomer = room() > 0 ? outsider() : nullptr;
  if (dice < 5) {
    proposal = {mls::Update{*by->group().public_group().tree().leaf(by->group().self())}};
  } else if (dice < 7 && seats_.size() > 2) {
    proposal = remove_another(*by);
  } else if (dice < 9 && newcomer) {
    proposal = add(*newcomer);
  } else {
    proposal = around_.psks.learn(around_.random);
  }
  auto made = value_of(by->group().propose(std::move(proposal), {}, by->by()), "no proposal");
  node_ = value_of(node_->with_proposal(mls::without_tag(made.message)),
                   "a proposal that nobody remembers");
  by->adopt(std::move(made.next));
  broadcast({std::move(made.message)}, by);
  ++counts_.proposals;
}

void Walk::broadcast(const mls::Message& message, const Client* except) {
  const auto shared = std::make_shared<const mls::Message>(
      value_of(mls::read_message(mls::encode(message)), "a message cannot be read"));
  for (const auto& [leaf, client] : seats_) {
    if (client != except && !stuck_.contains(client)) client->queue_handshake(shared);
  }
}

void Walk::settle() {
  for (const auto& client : clients_) {
    if (stuck_.contains(client.get())) continue;
    advance(*client);
    if (!client->present()) continue;
    client->read_all();
    client->reload();
  }
  for (const auto& [leaf, client] : seats_) {
    if (stuck_.contains(client)) continue;
    require(client->present() && client->group().epoch() == node_->epoch() &&
                client->group().self() == leaf,
            "a member is not where the log is");
  }
  require(node_->tree().members().size() == seats_.size(), "the roster has another length");
}

}  // namespace xom::walks
