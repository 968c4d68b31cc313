// The commits of a walk: made by several at once, ordered by the log, followed by all.
#include <algorithm>

#include "protocol/mls/message_protection.h"
#include "tests/walks/walk.h"

namespace xom::walks {

void Walk::race() {
  std::vector<Attempt> attempts;
  for (std::uint64_t i = around_.random.pick(3) + 1; i > 0; --i) {
    Client* by = somebody();
    // Who lost the state of its own commit can only come in anew.
    if (!stuck_.empty() && around_.random.pick(2) == 0) by = stuck_.begin()->first;
    if (!by) by = stuck_.begin()->first;
    const auto same = [&](const Attempt& attempt) { return attempt.by == by; };
    if (std::ranges::any_of(attempts, same)) continue;
    const bool again =
        stuck_.contains(by) || (raw(node_->epoch()) > 0 && around_.random.pick(12) == 0);
    attempts.push_back(again ? reenter(*by) : attempt(*by));
  }
  bool taken = false;
  while (!attempts.empty()) {
    const std::size_t at = around_.random.pick(attempts.size());
    Attempt one = std::move(attempts[at]);
    attempts.erase(attempts.begin() + static_cast<std::ptrdiff_t>(at));
    const bool won = submit(std::move(one));
    require(won != taken, "not exactly the first commit of an epoch is taken");
    taken = true;
  }
}

std::vector<mls::Proposal> Walk::choose_proposals(Client& by) {
  std::vector<mls::Proposal> proposals;
  test::SeededRandom& random = around_.random;
  std::set<Client*> asked;
  if (room() > 0 && random.pick(2) == 0) {
    const std::size_t most = std::min<std::size_t>(room(), 4);
    for (std::size_t i = 1 + random.pick(most); i > 0; --i) {
      Client* newcomer = outsider();
      if (newcomer && asked.insert(newcomer).second) proposals.push_back(add(*newcomer));
    }
  }
  if (seats_.size() > 2 && random.pick(seats_.size() > wanted_ ? 2 : 8) == 0) {
    std::set<std::uint32_t> leaves;
    for (std::size_t i = 1 + random.pick(3); i > 0; --i) {
      mls::Proposal remove = remove_another(by);
      const bool fresh = leaves.insert(raw(std::get<mls::Remove>(remove.value).removed)).second;
      if (fresh) proposals.push_back(std::move(remove));
    }
  }
  if (random.pick(10) == 0) {
    proposals.push_back(around_.psks.learn(random));
    ++counts_.psks;
  }
  if (random.pick(20) == 0) {
    Bytes rules(random.pick(40));
    random.fill(rules);
    proposals.push_back({mls::GroupContextExtensions{
        {{static_cast<std::uint16_t>(mls::ExtensionType::kPolicy), std::move(rules)}}}});
  }
  return proposals;
}

Walk::Attempt Walk::attempt(Client& by) {
  mls::CommitOptions options;
  options.proposals = choose_proposals(by);
  options.include_pending = !node_->pending().empty();
  options.force_path = around_.random.pick(3) == 0;
  auto made = value_of(by.group().commit(options, around_.psks, mls::no_policy(), by.by()),
                       "a member cannot commit");
  return {&by, std::move(made.next), std::move(made.commit), std::move(made.group_info),
          std::move(made.welcome)};
}

Walk::Attempt Walk::reenter(Client& by) {
  const auto old = std::ranges::find_if(seats_, [&](const auto& s) { return s.second == &by; });
  mls::Group::External options{by.identity(), {}, old->first, {}};
  auto joined = value_of(mls::Group::join_external(info_, options, mls::no_policy(), by.by()),
                         "nobody can enter from outside");
  const bool lost = stuck_.contains(&by) || around_.random.pick(2) == 0;
  return {&by,
          std::move(joined.next),
          std::move(joined.commit),
          std::move(joined.group_info),
          std::nullopt,
          lost};
}

bool Walk::submit(Attempt attempt) {
  auto staged = node_->stage(mls::without_tag(attempt.commit), mls::no_policy());
  if (!staged) {
    require(staged.error().code == ErrorCode::kStaleEpoch,
            "the log refuses a commit: " + staged.error().message);
    ++counts_.lost_races;
    return false;
  }
  attack(attempt.commit);
  record(*staged, attempt);
  // Those who were there before are told, also who is removed by it.
  broadcast({attempt.commit}, attempt.by);
  seat(*staged, attempt);
  node_ = *staged->after;
  info_ = std::move(attempt.info);

  if (staged->external) {
    if (!attempt.state_lost) attempt.by->read_all();
    attempt.by->forget();
    stuck_.erase(attempt.by);
    attempt.by->adopt(std::move(attempt.next));
    ++counts_.reentries;
  } else if (seats_.size() > 2 && stuck_.size() < 2 && around_.random.pick(40) == 0) {
    // The answer of the log does not arrive, and what was made is lost with the page.
    require(attempt.by->group()
                    .process({attempt.commit}, around_.psks, mls::no_policy())
                    .error()
                    .code == ErrorCode::kNotPermitted,
            "the own commit is not known as such");
    attempt.by->forget();
    stuck_[attempt.by] = true;
  } else {
    attempt.by->adopt(std::move(attempt.next));
  }
  counts_.largest = std::max(counts_.largest, seats_.size());
  return true;
}

void Walk::record(const mls::StagedCommit& staged, const Attempt& attempt) {
  const auto checked = mls::PublicGroup::check_group_info(attempt.info, staged);
  require(checked.has_value(), "the GroupInfo is not of the commit");
  const ByteView authenticator = attempt.next.epoch_authenticator();
  around_.epochs[staged.after->epoch()] = {Bytes(authenticator.begin(), authenticator.end()),
                                           staged.after->context()};
  ++counts_.commits;
  counts_.adds += staged.added.size();
  counts_.removes += staged.removed.size();
}

void Walk::seat(const mls::StagedCommit& staged, Attempt& attempt) {
  for (mls::LeafIndex leaf : staged.removed) {
    Client* client = seats_.at(leaf);
    seats_.erase(leaf);
    // Nobody tells who has lost its state.
    if (client != attempt.by && stuck_.erase(client) > 0) client->forget();
  }
  auto leaf = staged.added.begin();
  for (const mls::ResolvedProposal& resolved : staged.proposals) {
    const auto* add = std::get_if<mls::Add>(&resolved.proposal.value);
    if (!add) continue;
    const Hash reference = add->key_package.reference();
    const Bytes key(reference.bytes.begin(), reference.bytes.end());
    require(attempt.welcome.has_value(), "a commit with an Add has no Welcome");
    packaged_.at(key)->invite(std::move(packages_.at(key)), *attempt.welcome);
    seats_[*leaf++] = packaged_.at(key);
  }
  if (staged.external) seats_[staged.committer] = attempt.by;
  packages_.clear();
  packaged_.clear();
}

// Who was removed tries what comes after, as it is and dressed up as of its own epoch.
void Walk::attack(const mls::PublicMessage& commit) {
  for (const mls::Group& state : removed_) {
    mls::PublicMessage dressed = commit;
    dressed.content.epoch = state.epoch();
    for (const mls::PublicMessage* message : {&commit, &std::as_const(dressed)}) {
      require(!state.process({*message}, around_.psks, mls::no_policy()),
              "somebody removed follows a commit");
      ++counts_.attacks;
    }
  }
}

void Walk::attack(const mls::PrivateMessage& message) {
  for (const mls::Group& state : removed_) {
    mls::PrivateMessage dressed = message;
    dressed.epoch = state.epoch();
    require(!state.decrypt(message) && !state.decrypt(dressed), "somebody removed reads a message");
    ++counts_.attacks;
  }
}

}  // namespace xom::walks
